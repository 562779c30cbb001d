import { ALNUM, HEX } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const circleci: ProviderRule = {
  id: "secret.circleci",
  kind: "secret",
  title: "CircleCI token",
  severity: "critical",
  formats: [
    ["CCIPAT_", run(ALNUM, 20, 24), "_", run(HEX, 40)],
    ["CCIPRJ_", run(ALNUM, 20, 24), "_", run(HEX, 40)],
  ],
};
