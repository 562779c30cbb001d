import { alphabet } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

const PADDED = alphabet("A-Za-z0-9_=-");

export const defined: ProviderRule = {
  id: "secret.defined",
  kind: "secret",
  title: "Defined Networking token",
  severity: "high",
  formats: [["dnkey-", run(PADDED, 26), "-", run(PADDED, 52)]],
};
