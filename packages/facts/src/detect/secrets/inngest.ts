import { HEX } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const inngest: ProviderRule = {
  id: "secret.inngest",
  kind: "secret",
  title: "Inngest signing key",
  severity: "high",
  formats: [
    ["signkey-prod-", run(HEX, 32, 64)],
    ["signkey-test-", run(HEX, 32, 64)],
    ["signkey-branch-", run(HEX, 32, 64)],
  ],
};
