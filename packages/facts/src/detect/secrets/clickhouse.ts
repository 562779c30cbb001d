import { ALNUM } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const clickhouse: ProviderRule = {
  id: "secret.clickhouse",
  kind: "secret",
  title: "ClickHouse Cloud API secret",
  severity: "critical",
  formats: [["4b1d", run(ALNUM, 38)]],
};
