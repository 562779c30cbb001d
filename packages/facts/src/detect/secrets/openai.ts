import { ALNUM, BASE64URL } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const openai: ProviderRule = {
  id: "secret.openai",
  kind: "secret",
  title: "OpenAI API key",
  severity: "critical",
  formats: [
    ["sk-proj-", run(BASE64URL, 40, 200)],
    ["sk-svcacct-", run(BASE64URL, 40, 200)],
    ["sk-admin-", run(BASE64URL, 40, 200)],
    ["sk-", run(ALNUM, 20), "T3BlbkFJ", run(ALNUM, 20)],
    ["sk-", run(ALNUM, 32, 64)],
  ],
};
