import { ALNUM } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const netlify: ProviderRule = {
  id: "secret.netlify",
  kind: "secret",
  title: "Netlify token",
  severity: "high",
  formats: [
    ["nfp_", run(ALNUM, 36)],
    ["nfc_", run(ALNUM, 36)],
    ["nfo_", run(ALNUM, 36)],
    ["nfu_", run(ALNUM, 36)],
    ["nfb_", run(ALNUM, 36)],
  ],
};
