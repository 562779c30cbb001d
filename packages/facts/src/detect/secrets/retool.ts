import { LOWER } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const retool: ProviderRule = {
  id: "secret.retool",
  kind: "secret",
  title: "Retool API token",
  severity: "high",
  formats: [["retool_01", run(LOWER, 24)]],
};
