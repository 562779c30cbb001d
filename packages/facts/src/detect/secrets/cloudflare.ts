import { ALNUM, HEX } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const cloudflare: ProviderRule = {
  id: "secret.cloudflare",
  kind: "secret",
  title: "Cloudflare origin CA key",
  severity: "critical",
  formats: [
    ["v1.0-", run(HEX, 24), "-", run(HEX, 146)],
    ["cfut_", run(ALNUM, 40, 60)],
    ["cfat_", run(ALNUM, 40, 60)],
  ],
};
