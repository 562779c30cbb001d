import { BASE64URL } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const contentful: ProviderRule = {
  id: "secret.contentful",
  kind: "secret",
  title: "Contentful token",
  severity: "high",
  formats: [["CFPAT-", run(BASE64URL, 43)]],
};
