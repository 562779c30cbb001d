import { HEX } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const digitalocean: ProviderRule = {
  id: "secret.digitalocean",
  kind: "secret",
  title: "DigitalOcean token",
  severity: "critical",
  formats: [
    ["dop_v1_", run(HEX, 64)],
    ["doo_v1_", run(HEX, 64)],
    ["dor_v1_", run(HEX, 64)],
  ],
};
