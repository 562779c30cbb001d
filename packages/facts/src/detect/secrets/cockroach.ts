import { BASE64URL } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const cockroach: ProviderRule = {
  id: "secret.cockroach",
  kind: "secret",
  title: "CockroachDB Cloud key",
  severity: "critical",
  formats: [["CCDB1_", run(BASE64URL, 40, 80)]],
};
