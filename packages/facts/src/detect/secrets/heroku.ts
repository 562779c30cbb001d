import { BASE64URL, UUID } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const heroku: ProviderRule = {
  id: "secret.heroku",
  kind: "secret",
  title: "Heroku API key",
  severity: "critical",
  formats: [
    ["HRKU-AA", run(BASE64URL, 58)],
    ["HRKU-", run(UUID, 36)],
  ],
};
