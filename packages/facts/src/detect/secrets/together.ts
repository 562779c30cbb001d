import { BASE64URL } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const together: ProviderRule = {
  id: "secret.together",
  kind: "secret",
  title: "Together AI key",
  severity: "high",
  formats: [["tgp_v1_", run(BASE64URL, 43)]],
};
