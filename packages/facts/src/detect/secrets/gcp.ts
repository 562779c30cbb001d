import { BASE64URL, TOKEN, UPPER } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const gcp: ProviderRule = {
  id: "secret.gcp",
  kind: "secret",
  title: "Google API key, OAuth secret or token",
  severity: "critical",
  formats: [
    ["AIza", run(BASE64URL, 35)],
    ["GOCSPX-", run(BASE64URL, 28)],
    ["ya29.", run(TOKEN, 40, 1500)],
    ["1//0", run(BASE64URL, 40, 200)],
    ["GOOG", run(UPPER, 20, 61)],
  ],
};
