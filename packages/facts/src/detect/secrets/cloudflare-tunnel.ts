import { BASE64 } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const cloudflareTunnel: ProviderRule = {
  id: "secret.cloudflare-tunnel",
  kind: "secret",
  title: "Cloudflare tunnel token",
  severity: "critical",
  formats: [["eyJhIjoi", run(BASE64, 100, 400)]],
};
