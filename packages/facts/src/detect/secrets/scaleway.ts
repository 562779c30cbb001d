import { UPPER } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const scaleway: ProviderRule = {
  id: "secret.scaleway",
  kind: "secret",
  title: "Scaleway access key",
  severity: "high",
  formats: [["SCW", run(UPPER, 17)]],
};
