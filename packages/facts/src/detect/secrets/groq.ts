import { ALNUM } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const groq: ProviderRule = {
  id: "secret.groq",
  kind: "secret",
  title: "Groq API key",
  severity: "high",
  formats: [["gsk_", run(ALNUM, 48, 56)]],
};
