import { ALNUM } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const replicate: ProviderRule = {
  id: "secret.replicate",
  kind: "secret",
  title: "Replicate API token",
  severity: "high",
  formats: [["r8_", run(ALNUM, 37)]],
};
