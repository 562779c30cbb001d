import { ALNUM } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const pinterest: ProviderRule = {
  id: "secret.pinterest",
  kind: "secret",
  title: "Pinterest access token",
  severity: "high",
  formats: [["pina_", run(ALNUM, 40, 250)]],
};
