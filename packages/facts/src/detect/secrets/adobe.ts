import { ALNUM, BASE64URL } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const adobe: ProviderRule = {
  id: "secret.adobe",
  kind: "secret",
  title: "Adobe client secret",
  severity: "high",
  formats: [
    ["p8e-", run(ALNUM, 32)],
    ["p8e-", run(BASE64URL, 32)],
  ],
};
