import { UUID } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const launchdarkly: ProviderRule = {
  id: "secret.launchdarkly",
  kind: "secret",
  title: "LaunchDarkly key",
  severity: "high",
  formats: [
    ["sdk-", run(UUID, 36)],
    ["api-", run(UUID, 36)],
  ],
};
