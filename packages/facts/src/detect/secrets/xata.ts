import { ALNUM } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const xata: ProviderRule = {
  id: "secret.xata",
  kind: "secret",
  title: "Xata API key",
  severity: "high",
  formats: [["xau_", run(ALNUM, 36, 50)]],
};
