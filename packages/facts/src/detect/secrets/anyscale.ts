import { ALNUM } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const anyscale: ProviderRule = {
  id: "secret.anyscale",
  kind: "secret",
  title: "Anyscale key",
  severity: "high",
  formats: [["esecret_", run(ALNUM, 20, 60)]],
};
