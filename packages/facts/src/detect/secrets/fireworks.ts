import { ALNUM } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const fireworks: ProviderRule = {
  id: "secret.fireworks",
  kind: "secret",
  title: "Fireworks AI key",
  severity: "high",
  formats: [["fw_", run(ALNUM, 22, 26)]],
};
