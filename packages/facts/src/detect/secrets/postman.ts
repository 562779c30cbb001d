import { HEX } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const postman: ProviderRule = {
  id: "secret.postman",
  kind: "secret",
  title: "Postman API key",
  severity: "high",
  formats: [["PMAK-", run(HEX, 24), "-", run(HEX, 34)]],
};
