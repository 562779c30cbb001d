import { ALNUM } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const facebook: ProviderRule = {
  id: "secret.facebook",
  kind: "secret",
  title: "Facebook access token",
  severity: "high",
  formats: [["EAA", run(ALNUM, 80, 400)]],
};
