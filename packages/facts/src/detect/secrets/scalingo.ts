import { BASE64URL } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const scalingo: ProviderRule = {
  id: "secret.scalingo",
  kind: "secret",
  title: "Scalingo token",
  severity: "high",
  formats: [["tk-us-", run(BASE64URL, 48)]],
};
