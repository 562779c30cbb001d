import { TOKEN } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const beamer: ProviderRule = {
  id: "secret.beamer",
  kind: "secret",
  title: "Beamer API token",
  severity: "medium",
  formats: [["b_", run(TOKEN, 44)]],
};
