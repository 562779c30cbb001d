import { ALNUM } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const resend: ProviderRule = {
  id: "secret.resend",
  kind: "secret",
  title: "Resend API key",
  severity: "high",
  formats: [["re_", run(ALNUM, 8), "_", run(ALNUM, 24)]],
};
