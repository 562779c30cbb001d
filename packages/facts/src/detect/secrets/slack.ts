import { ALNUM, alphabet, BASE64URL, DIGIT, HEX, UPPER } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

const ESCAPED = alphabet("A-Za-z0-9%+/=_-");

export const slack: ProviderRule = {
  id: "secret.slack",
  kind: "secret",
  title: "Slack token",
  severity: "critical",
  formats: [
    ["xoxb-", run(DIGIT, 8, 14), "-", run(DIGIT, 8, 14), "-", run(ALNUM, 18, 34)],
    ["xoxb-", run(DIGIT, 8, 14), "-", run(ALNUM, 18, 34)],
    [
      "xoxp-",
      run(DIGIT, 9, 14),
      "-",
      run(DIGIT, 9, 14),
      "-",
      run(DIGIT, 9, 14),
      "-",
      run(ALNUM, 26, 34),
    ],
    ["xoxp-", run(DIGIT, 9, 14), "-", run(DIGIT, 9, 14), "-", run(ALNUM, 26, 34)],
    [
      "xoxe-",
      run(DIGIT, 9, 14),
      "-",
      run(DIGIT, 9, 14),
      "-",
      run(DIGIT, 9, 14),
      "-",
      run(ALNUM, 26, 34),
    ],
    ["xoxe-", run(DIGIT, 1), "-", run(ALNUM, 140, 180)],
    ["xoxe.xoxb-", run(DIGIT, 1), "-", run(ALNUM, 140, 200)],
    ["xoxe.xoxp-", run(DIGIT, 1), "-", run(ALNUM, 140, 200)],
    ["xoxa-", run(DIGIT, 1, 14), "-", run(BASE64URL, 20, 80)],
    ["xoxa-", run(ALNUM, 12, 60)],
    ["xoxr-", run(DIGIT, 1, 14), "-", run(BASE64URL, 20, 80)],
    ["xoxr-", run(ALNUM, 12, 60)],
    ["xoxo-", run(DIGIT, 2, 14), "-", run(DIGIT, 2, 30), "-", run(BASE64URL, 20, 80)],
    [
      "xoxs-",
      run(DIGIT, 1, 30),
      "-",
      run(DIGIT, 1, 40),
      "-",
      run(DIGIT, 1, 40),
      "-",
      run(HEX, 20, 64),
    ],
    ["xoxc-", run(DIGIT, 9, 14), "-", run(DIGIT, 9, 14), "-", run(DIGIT, 9, 14), "-", run(HEX, 64)],
    ["xoxd-", run(ESCAPED, 80, 400)],
    [
      "xapp-",
      run(DIGIT, 1),
      "-",
      run(UPPER, 8, 80),
      "-",
      run(DIGIT, 8, 40),
      "-",
      run(ALNUM, 8, 64),
    ],
  ],
};
