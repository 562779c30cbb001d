import { ALNUM } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const vercel: ProviderRule = {
  id: "secret.vercel",
  kind: "secret",
  title: "Vercel token",
  severity: "critical",
  formats: [
    ["vcp_", run(ALNUM, 50, 64)],
    ["vca_", run(ALNUM, 50, 64)],
    ["vci_", run(ALNUM, 50, 64)],
    ["vck_", run(ALNUM, 50, 64)],
    ["vercel_blob_rw_", run(ALNUM, 10, 24), "_", run(ALNUM, 24, 40)],
  ],
};
