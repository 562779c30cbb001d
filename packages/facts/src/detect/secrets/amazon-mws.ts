import { HEX } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const amazonMws: ProviderRule = {
  id: "secret.amazon-mws",
  kind: "secret",
  title: "Amazon MWS token",
  severity: "high",
  formats: [
    [
      "amzn.mws.",
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
