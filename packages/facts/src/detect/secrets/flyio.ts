import { BASE64, BASE64URL } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const flyio: ProviderRule = {
  id: "secret.flyio",
  kind: "secret",
  title: "Fly.io token",
  severity: "critical",
  formats: [
    ["fo1_", run(BASE64URL, 43)],
    ["fm1a_", run(BASE64, 80, 1500)],
    ["fm1r_", run(BASE64, 80, 1500)],
    ["fm2_", run(BASE64, 80, 1500)],
  ],
};
