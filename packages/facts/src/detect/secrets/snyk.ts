import { TOKEN } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const snyk: ProviderRule = {
  id: "secret.snyk",
  kind: "secret",
  title: "Snyk token",
  severity: "high",
  formats: [
    ["snyk_uat.", run(TOKEN, 40, 200)],
    ["snyk_sat.", run(TOKEN, 40, 200)],
  ],
};
