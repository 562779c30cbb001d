import { ALNUM } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const liveKey: ProviderRule = {
  id: "secret.live-key",
  kind: "secret",
  title: "Key of a live account, as payment services write it",
  severity: "critical",
  formats: [["live_", run(ALNUM, 28, 60)]],
};
