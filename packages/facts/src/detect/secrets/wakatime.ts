import { HEX } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const wakatime: ProviderRule = {
  id: "secret.wakatime",
  kind: "secret",
  title: "WakaTime key",
  severity: "medium",
  formats: [
    ["waka_", run(HEX, 8), "-", run(HEX, 4), "-", run(HEX, 4), "-", run(HEX, 4), "-", run(HEX, 12)],
  ],
};
