import { ALNUM, alphabet, DIGIT } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

const SECRET = alphabet("A-Za-z0-9_~.-");

export const azure: ProviderRule = {
  id: "secret.azure",
  kind: "secret",
  title: "Microsoft Entra client secret or Azure DevOps token",
  severity: "critical",
  formats: [
    [run(SECRET, 3), run(DIGIT, 1), "Q~", run(SECRET, 31, 34)],
    [run(ALNUM, 76), "AZDO", run(ALNUM, 4)],
  ],
};
