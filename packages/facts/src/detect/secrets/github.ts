import { ALNUM } from "../alphabets.ts";
import { endsInCrc32 } from "../crc32.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

const CLASSIC_PREFIX = "ghp_";

export const github: ProviderRule = {
  id: "secret.github",
  kind: "secret",
  title: "GitHub token",
  severity: "critical",
  formats: [
    ["ghp_", run(ALNUM, 36)],
    ["gho_", run(ALNUM, 36)],
    ["ghu_", run(ALNUM, 36)],
    ["ghs_", run(ALNUM, 36)],
    ["ghr_", run(ALNUM, 36, 76)],
    ["github_pat_", run(ALNUM, 22), "_", run(ALNUM, 59)],
  ],
  // All classic prefixes are of one length.
  checks: (token) =>
    !token.startsWith("github_pat_") && endsInCrc32(token, token.slice(0, CLASSIC_PREFIX.length)),
};
