import { ALNUM } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const pubnub: ProviderRule = {
  id: "secret.pubnub",
  kind: "secret",
  title: "PubNub secret key",
  severity: "high",
  formats: [["sec-c-", run(ALNUM, 30, 60)]],
};
