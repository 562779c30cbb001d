import { BASE64URL } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const docker: ProviderRule = {
  id: "secret.docker",
  kind: "secret",
  title: "Docker Hub token",
  severity: "critical",
  formats: [
    ["dckr_pat_", run(BASE64URL, 27)],
    ["dckr_oat_", run(BASE64URL, 27, 40)],
  ],
};
