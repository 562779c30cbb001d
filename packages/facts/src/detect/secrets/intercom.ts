import { BASE64 } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const intercom: ProviderRule = {
  id: "secret.intercom",
  kind: "secret",
  title: "Intercom access token",
  severity: "high",
  formats: [["dG9rO", run(BASE64, 40, 120)]],
};
