import { ALNUM, BASE64URL, HEX } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const harness: ProviderRule = {
  id: "secret.harness",
  kind: "secret",
  title: "Harness token",
  severity: "critical",
  formats: [
    ["pat.", run(BASE64URL, 22), ".", run(HEX, 24), ".", run(ALNUM, 20)],
    ["sat.", run(BASE64URL, 22), ".", run(HEX, 24), ".", run(ALNUM, 20)],
  ],
};
