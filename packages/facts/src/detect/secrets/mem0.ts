import { ALNUM } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const mem0: ProviderRule = {
  id: "secret.mem0",
  kind: "secret",
  title: "Mem0 API key",
  severity: "high",
  formats: [["m0-", run(ALNUM, 40)]],
};
