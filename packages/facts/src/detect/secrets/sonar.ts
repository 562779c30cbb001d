import { HEX } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const sonar: ProviderRule = {
  id: "secret.sonar",
  kind: "secret",
  title: "SonarQube token",
  severity: "high",
  formats: [
    ["sqp_", run(HEX, 40)],
    ["squ_", run(HEX, 40)],
    ["sqa_", run(HEX, 40)],
  ],
};
