import { ALNUM } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const maxmind: ProviderRule = {
  id: "secret.maxmind",
  kind: "secret",
  title: "MaxMind licence key",
  severity: "medium",
  formats: [[run(ALNUM, 6), "_", run(ALNUM, 29), "_mmk"]],
};
