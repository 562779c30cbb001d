import { BASE64URL, DIGIT } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const telegram: ProviderRule = {
  id: "secret.telegram",
  kind: "secret",
  title: "Telegram bot token",
  severity: "critical",
  formats: [
    [run(DIGIT, 10), ":AA", run(BASE64URL, 33)],
    [run(DIGIT, 9), ":AA", run(BASE64URL, 33)],
    [run(DIGIT, 8), ":AA", run(BASE64URL, 33)],
  ],
};
