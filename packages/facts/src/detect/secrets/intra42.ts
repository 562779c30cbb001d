import { HEX } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const intra42: ProviderRule = {
  id: "secret.intra42",
  kind: "secret",
  title: "42 intra client secret",
  severity: "high",
  formats: [
    ["s-s4t2ud-", run(HEX, 64)],
    ["s-s4t2af-", run(HEX, 64)],
  ],
};
