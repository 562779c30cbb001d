import { ALNUM, HEX } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const airtable: ProviderRule = {
  id: "secret.airtable",
  kind: "secret",
  title: "Airtable personal access token",
  severity: "high",
  formats: [["pat", run(ALNUM, 14), ".", run(HEX, 64)]],
};
