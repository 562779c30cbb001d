import { HEX } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const e2b: ProviderRule = {
  id: "secret.e2b",
  kind: "secret",
  title: "E2B API key",
  severity: "high",
  formats: [["e2b_", run(HEX, 40)]],
};
