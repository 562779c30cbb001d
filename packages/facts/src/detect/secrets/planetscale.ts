import { alphabet } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

const PADDED = alphabet("A-Za-z0-9_=.-");

export const planetscale: ProviderRule = {
  id: "secret.planetscale",
  kind: "secret",
  title: "PlanetScale token or password",
  severity: "critical",
  formats: [
    ["pscale_tkn_", run(PADDED, 32, 64)],
    ["pscale_oauth_", run(PADDED, 32, 64)],
    ["pscale_pw_", run(PADDED, 32, 64)],
  ],
};
