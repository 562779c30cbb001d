import { ALNUM } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const unkey: ProviderRule = {
  id: "secret.unkey",
  kind: "secret",
  title: "Unkey root key",
  severity: "high",
  formats: [["unkey_", run(ALNUM, 20, 40)]],
};
