import { HEX } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const cursor: ProviderRule = {
  id: "secret.cursor",
  kind: "secret",
  title: "Cursor API key",
  severity: "high",
  formats: [
    ["key_", run(HEX, 64)],
    ["crsr_", run(HEX, 64)],
  ],
};
