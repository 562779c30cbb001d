import { HEX } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const checkly: ProviderRule = {
  id: "secret.checkly",
  kind: "secret",
  title: "Checkly key",
  severity: "high",
  formats: [["cu_", run(HEX, 32)]],
};
