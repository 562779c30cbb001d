import { ALNUM, HEX } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const buildkite: ProviderRule = {
  id: "secret.buildkite",
  kind: "secret",
  title: "Buildkite token",
  severity: "critical",
  formats: [
    ["bkua_", run(HEX, 40)],
    ["bkct_", run(ALNUM, 40, 120)],
    ["bkpt_", run(HEX, 40)],
  ],
};
