import { BASE64URL } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const browserbase: ProviderRule = {
  id: "secret.browserbase",
  kind: "secret",
  title: "Browserbase key",
  severity: "high",
  formats: [["bb_live_", run(BASE64URL, 20, 60)]],
};
