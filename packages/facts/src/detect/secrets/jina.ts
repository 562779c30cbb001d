import { BASE64URL } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const jina: ProviderRule = {
  id: "secret.jina",
  kind: "secret",
  title: "Jina AI key",
  severity: "high",
  formats: [["jina_", run(BASE64URL, 56, 64)]],
};
