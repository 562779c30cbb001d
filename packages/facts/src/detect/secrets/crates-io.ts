import { ALNUM } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const cratesio: ProviderRule = {
  id: "secret.crates-io",
  kind: "secret",
  title: "crates.io token",
  severity: "critical",
  formats: [["cio", run(ALNUM, 32)]],
};
