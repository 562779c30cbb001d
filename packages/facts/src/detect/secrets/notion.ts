import { ALNUM } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const notion: ProviderRule = {
  id: "secret.notion",
  kind: "secret",
  title: "Notion token",
  severity: "high",
  formats: [
    ["ntn_", run(ALNUM, 43, 50)],
    ["secret_", run(ALNUM, 43)],
  ],
};
