import { HEX } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const infisical: ProviderRule = {
  id: "secret.infisical",
  kind: "secret",
  title: "Infisical service token",
  severity: "critical",
  formats: [["st.", run(HEX, 24), ".", run(HEX, 32), ".", run(HEX, 32)]],
};
