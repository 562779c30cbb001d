import { ALNUM } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const flagsmith: ProviderRule = {
  id: "secret.flagsmith",
  kind: "secret",
  title: "Flagsmith server-side key",
  severity: "high",
  formats: [["ser.", run(ALNUM, 20, 40)]],
};
