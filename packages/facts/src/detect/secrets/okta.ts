import { BASE64URL } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const okta: ProviderRule = {
  id: "secret.okta",
  kind: "secret",
  title: "Okta API token",
  severity: "critical",
  formats: [["00", run(BASE64URL, 40)]],
};
