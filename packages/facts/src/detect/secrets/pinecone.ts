import { ALNUM } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const pinecone: ProviderRule = {
  id: "secret.pinecone",
  kind: "secret",
  title: "Pinecone API key",
  severity: "high",
  formats: [["pcsk_", run(ALNUM, 5, 8), "_", run(ALNUM, 60, 66)]],
};
