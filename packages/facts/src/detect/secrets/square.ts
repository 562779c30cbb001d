import { BASE64URL } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const square: ProviderRule = {
  id: "secret.square",
  kind: "secret",
  title: "Square token",
  severity: "critical",
  formats: [
    ["EAAA", run(BASE64URL, 22, 70)],
    ["sq0atp-", run(BASE64URL, 22, 60)],
    ["sq0csp-", run(BASE64URL, 43)],
    ["sq0idp-", run(BASE64URL, 22)],
  ],
};
