import { UUID } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const plaid: ProviderRule = {
  id: "secret.plaid",
  kind: "secret",
  title: "Plaid access token",
  severity: "critical",
  formats: [
    ["access-production-", run(UUID, 36)],
    ["access-development-", run(UUID, 36)],
    ["access-sandbox-", run(UUID, 36)],
  ],
};
