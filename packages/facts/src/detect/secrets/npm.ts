import { ALNUM } from "../alphabets.ts";
import { endsInCrc32 } from "../crc32.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const npm: ProviderRule = {
  id: "secret.npm",
  kind: "secret",
  title: "npm token",
  severity: "critical",
  formats: [["npm_", run(ALNUM, 36)]],
  checks: (token) => endsInCrc32(token, "npm_"),
};
