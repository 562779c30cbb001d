import { LOWER } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const neon: ProviderRule = {
  id: "secret.neon",
  kind: "secret",
  title: "Neon API key",
  severity: "critical",
  formats: [["napi_", run(LOWER, 50, 70)]],
};
