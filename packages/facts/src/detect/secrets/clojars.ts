import { LOWER } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const clojars: ProviderRule = {
  id: "secret.clojars",
  kind: "secret",
  title: "Clojars deploy token",
  severity: "critical",
  formats: [["CLOJARS_", run(LOWER, 60)]],
};
