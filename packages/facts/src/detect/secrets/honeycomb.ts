import { LOWER } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const honeycomb: ProviderRule = {
  id: "secret.honeycomb",
  kind: "secret",
  title: "Honeycomb key",
  severity: "high",
  formats: [
    ["hcaik_", run(LOWER, 56, 62)],
    ["hcamk_", run(LOWER, 56, 62)],
    ["hcalk_", run(LOWER, 56, 62)],
    ["hcxik_", run(LOWER, 56, 62)],
  ],
};
