import { HEX } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const elevenlabs: ProviderRule = {
  id: "secret.elevenlabs",
  kind: "secret",
  title: "ElevenLabs API key",
  severity: "high",
  formats: [["sk_", run(HEX, 48)]],
};
