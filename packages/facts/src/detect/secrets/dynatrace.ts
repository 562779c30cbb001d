import { ALNUM } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const dynatrace: ProviderRule = {
  id: "secret.dynatrace",
  kind: "secret",
  title: "Dynatrace token",
  severity: "critical",
  formats: [
    ["dt0c01.", run(ALNUM, 24), ".", run(ALNUM, 64)],
    ["dt0s01.", run(ALNUM, 24), ".", run(ALNUM, 64)],
    ["dt0s02.", run(ALNUM, 8), ".", run(ALNUM, 64)],
    ["dt0s08.", run(ALNUM, 8), ".", run(ALNUM, 64)],
    ["dt0s16.", run(ALNUM, 24), ".", run(ALNUM, 64)],
  ],
};
