import { ALNUM } from "../alphabets.ts";
import { run, uuid } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const webex: ProviderRule = {
  id: "secret.webex",
  kind: "secret",
  title: "Webex access token",
  severity: "high",
  formats: [[run(ALNUM, 64), "_P", run(ALNUM, 1, 3), "_", ...uuid()]],
};
