import { BASE64URL } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const mongodb: ProviderRule = {
  id: "secret.mongodb",
  kind: "secret",
  title: "MongoDB Atlas service account secret",
  severity: "critical",
  formats: [["mdb_sa_sk_", run(BASE64URL, 36, 48)]],
};
