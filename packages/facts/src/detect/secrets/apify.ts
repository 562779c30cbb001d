import { ALNUM } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const apify: ProviderRule = {
  id: "secret.apify",
  kind: "secret",
  title: "Apify token",
  severity: "high",
  formats: [["apify_api_", run(ALNUM, 36)]],
};
