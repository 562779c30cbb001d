import { alphabet } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

const UUID_LIKE = alphabet("a-z0-9-");

export const helicone: ProviderRule = {
  id: "secret.helicone",
  kind: "secret",
  title: "Helicone API key",
  severity: "high",
  formats: [["sk-helicone-", run(UUID_LIKE, 25, 60)]],
};
