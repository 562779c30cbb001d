import { ALNUM } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const easypost: ProviderRule = {
  id: "secret.easypost",
  kind: "secret",
  title: "EasyPost API key",
  severity: "high",
  formats: [
    ["EZAK", run(ALNUM, 54)],
    ["EZTK", run(ALNUM, 54)],
  ],
};
