import { ALNUM } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const posthog: ProviderRule = {
  id: "secret.posthog",
  kind: "secret",
  title: "PostHog personal key",
  severity: "high",
  formats: [["phx_", run(ALNUM, 40, 50)]],
};
