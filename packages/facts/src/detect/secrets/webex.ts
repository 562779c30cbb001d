import { ALNUM, HEX } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const webex: ProviderRule = {
  id: "secret.webex",
  kind: "secret",
  title: "Webex access token",
  severity: "high",
  formats: [
    [
      run(ALNUM, 64),
      "_P",
      run(ALNUM, 1, 3),
      "_",
      run(HEX, 8),
      "-",
      run(HEX, 4),
      "-",
      run(HEX, 4),
      "-",
      run(HEX, 4),
      "-",
      run(HEX, 12),
    ],
  ],
};
