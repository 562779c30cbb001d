import { HEX } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const langfuse: ProviderRule = {
  id: "secret.langfuse",
  kind: "secret",
  title: "Langfuse secret key",
  severity: "high",
  formats: [
    [
      "sk-lf-",
      run(HEX, 8),
      "-",
      run(HEX, 4),
      "-",
      run(HEX, 4),
      "-",
      run(HEX, 4),
      "-",
      run(HEX, 12),
    ],
  ],
};
