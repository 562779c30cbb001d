import { ALNUM } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const artifactory: ProviderRule = {
  id: "secret.artifactory",
  kind: "secret",
  title: "JFrog Artifactory API key or reference token",
  severity: "critical",
  formats: [
    ["AKCp", run(ALNUM, 69)],
    ["cmVmd", run(ALNUM, 59)],
  ],
};
