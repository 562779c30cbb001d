import { ALNUM, alphabet } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

const PADDED = alphabet("A-Za-z0-9_=-");

export const terraform: ProviderRule = {
  id: "secret.terraform",
  kind: "secret",
  title: "HCP Terraform token",
  severity: "critical",
  formats: [[run(ALNUM, 14), ".atlasv1.", run(PADDED, 60, 70)]],
};
