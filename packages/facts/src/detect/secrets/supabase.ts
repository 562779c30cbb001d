import { BASE64URL, HEX } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const supabase: ProviderRule = {
  id: "secret.supabase",
  kind: "secret",
  title: "Supabase key",
  severity: "critical",
  formats: [
    ["sbp_", run(HEX, 40)],
    ["sb_secret_", run(BASE64URL, 28, 60)],
    ["sbp_v0_", run(HEX, 40)],
  ],
};
