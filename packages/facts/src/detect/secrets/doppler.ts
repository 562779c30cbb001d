import { ALNUM, TOKEN } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const doppler: ProviderRule = {
  id: "secret.doppler",
  kind: "secret",
  title: "Doppler token",
  severity: "critical",
  formats: [
    ["dp.pt.", run(ALNUM, 40, 44)],
    ["dp.st.", run(TOKEN, 40, 80)],
    ["dp.ct.", run(ALNUM, 40, 44)],
    ["dp.sa.", run(ALNUM, 40, 44)],
    ["dp.scim.", run(ALNUM, 40, 44)],
    ["dp.audit.", run(ALNUM, 40, 44)],
  ],
};
