import { ALNUM, BASE64URL } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const discord: ProviderRule = {
  id: "secret.discord",
  kind: "secret",
  title: "Discord bot token",
  severity: "critical",
  formats: [
    ["M", run(ALNUM, 23, 27), ".", run(BASE64URL, 6), ".", run(BASE64URL, 27, 40)],
    ["N", run(ALNUM, 23, 27), ".", run(BASE64URL, 6), ".", run(BASE64URL, 27, 40)],
    ["O", run(ALNUM, 23, 27), ".", run(BASE64URL, 6), ".", run(BASE64URL, 27, 40)],
  ],
};
