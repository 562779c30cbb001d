import { HEX } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const zuplo: ProviderRule = {
  id: "secret.zuplo",
  kind: "secret",
  title: "Zuplo API key",
  severity: "high",
  formats: [["zpka_", run(HEX, 32), "_", run(HEX, 8)]],
};
