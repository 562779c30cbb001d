import { BASE64URL } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const wandb: ProviderRule = {
  id: "secret.wandb",
  kind: "secret",
  title: "Weights & Biases key",
  severity: "high",
  formats: [["wandb_v1_", run(BASE64URL, 60, 100)]],
};
