import { ALNUM } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const runpod: ProviderRule = {
  id: "secret.runpod",
  kind: "secret",
  title: "RunPod API key",
  severity: "high",
  formats: [["rpa_", run(ALNUM, 40, 50)]],
};
