import { DIGIT, HEX } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const databricks: ProviderRule = {
  id: "secret.databricks",
  kind: "secret",
  title: "Databricks token",
  severity: "critical",
  formats: [
    ["dapi", run(HEX, 32), "-", run(DIGIT, 1)],
    ["dapi", run(HEX, 32)],
    ["dose", run(HEX, 32)],
  ],
};
