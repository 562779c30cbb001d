import { ALNUM } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const tailscale: ProviderRule = {
  id: "secret.tailscale",
  kind: "secret",
  title: "Tailscale key",
  severity: "critical",
  formats: [
    ["tskey-api-", run(ALNUM, 10, 24), "-", run(ALNUM, 20, 60)],
    ["tskey-auth-", run(ALNUM, 10, 24), "-", run(ALNUM, 20, 60)],
    ["tskey-client-", run(ALNUM, 10, 24), "-", run(ALNUM, 20, 60)],
    ["tskey-scim-", run(ALNUM, 10, 24), "-", run(ALNUM, 20, 60)],
    ["tskey-webhook-", run(ALNUM, 10, 24), "-", run(ALNUM, 20, 60)],
  ],
};
