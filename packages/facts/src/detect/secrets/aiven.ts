import { BASE64URL } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const aiven: ProviderRule = {
  id: "secret.aiven",
  kind: "secret",
  title: "Aiven service password",
  severity: "high",
  formats: [["AVNS_", run(BASE64URL, 16, 40)]],
};
