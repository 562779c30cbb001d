import { alphabet } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

const ESCAPED = alphabet("A-Za-z0-9%+/=_-");

export const twitter: ProviderRule = {
  id: "secret.twitter",
  kind: "secret",
  title: "X bearer token",
  severity: "high",
  formats: [["AAAAAAAAAAAAAAAAAAAA", run(ESCAPED, 60, 120)]],
};
