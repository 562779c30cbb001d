import { ALNUM } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const polar: ProviderRule = {
  id: "secret.polar",
  kind: "secret",
  title: "Polar token",
  severity: "high",
  formats: [
    ["polar_oat_", run(ALNUM, 40, 50)],
    ["polar_pat_", run(ALNUM, 40, 50)],
  ],
};
