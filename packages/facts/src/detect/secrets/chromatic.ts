import { LOWER } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const chromatic: ProviderRule = {
  id: "secret.chromatic",
  kind: "secret",
  title: "Chromatic project token",
  severity: "medium",
  formats: [["chpt_", run(LOWER, 12, 40)]],
};
