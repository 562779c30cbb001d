import { ALNUM, HEX, TOKEN } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const atlassian: ProviderRule = {
  id: "secret.atlassian",
  kind: "secret",
  title: "Atlassian or Trello token",
  severity: "critical",
  formats: [
    ["ATATT3", run(TOKEN, 60, 260)],
    ["ATCTT3", run(TOKEN, 60, 260)],
    ["ATBB", run(ALNUM, 28, 36)],
    ["ATSTT3", run(TOKEN, 60, 260)],
    ["ATTA", run(HEX, 64, 76)],
  ],
};
