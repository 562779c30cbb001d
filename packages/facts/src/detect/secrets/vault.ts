import { ALNUM, BASE64URL } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const vault: ProviderRule = {
  id: "secret.vault",
  kind: "secret",
  title: "HashiCorp Vault token",
  severity: "critical",
  formats: [
    ["hvs.", run(BASE64URL, 24, 200)],
    ["hvb.", run(BASE64URL, 90, 500)],
    ["hvr.", run(BASE64URL, 24, 500)],
    ["s.", run(ALNUM, 24)],
    ["b.", run(ALNUM, 90, 300)],
  ],
};
