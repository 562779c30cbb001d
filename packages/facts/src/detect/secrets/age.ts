import { UPPER } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const age: ProviderRule = {
  id: "secret.age",
  kind: "secret",
  title: "age secret key",
  severity: "critical",
  formats: [
    ["AGE-SECRET-KEY-1", run(UPPER, 58)],
    ["AGE-SECRET-KEY-PQ-1", run(UPPER, 58)],
  ],
};
