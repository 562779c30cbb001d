import { ALNUM, BASE64 } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const linkedin: ProviderRule = {
  id: "secret.linkedin",
  kind: "secret",
  title: "LinkedIn client secret",
  severity: "high",
  formats: [
    ["WPL_AP1.", run(ALNUM, 16), ".", run(BASE64, 8)],
    ["WPL_AP0.", run(ALNUM, 16), ".", run(BASE64, 8)],
  ],
};
