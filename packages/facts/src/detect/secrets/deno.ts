import { ALNUM } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const deno: ProviderRule = {
  id: "secret.deno",
  kind: "secret",
  title: "Deno Deploy token",
  severity: "high",
  formats: [
    ["ddp_", run(ALNUM, 36, 40)],
    ["ddo_", run(ALNUM, 36, 40)],
  ],
};
