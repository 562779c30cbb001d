import { ALNUM } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const alibaba: ProviderRule = {
  id: "secret.alibaba",
  kind: "secret",
  title: "Alibaba Cloud access key",
  severity: "critical",
  formats: [["LTAI", run(ALNUM, 12, 26)]],
};
