import { HEX } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const twilio: ProviderRule = {
  id: "secret.twilio",
  kind: "secret",
  title: "Twilio API key",
  severity: "critical",
  formats: [["SK", run(HEX, 32)]],
};
