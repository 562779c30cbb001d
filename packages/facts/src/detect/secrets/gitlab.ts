import { BASE64URL, HEX, LOWER } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const gitlab: ProviderRule = {
  id: "secret.gitlab",
  kind: "secret",
  title: "GitLab token",
  severity: "critical",
  formats: [
    ["glpat-", run(BASE64URL, 20)],
    ["glpat-", run(BASE64URL, 27, 300), ".", run(LOWER, 2), ".", run(LOWER, 9)],
    ["glpat-", run(BASE64URL, 27, 300), ".", run(LOWER, 9)],
    ["gldt-", run(BASE64URL, 20)],
    ["glrt-", run(BASE64URL, 20)],
    ["glrt-", run(BASE64URL, 27, 300), ".", run(LOWER, 2), ".", run(LOWER, 9)],
    ["glrt-", run(BASE64URL, 27, 300), ".", run(LOWER, 9)],
    ["glrtr-", run(BASE64URL, 20, 60)],
    ["glcbt-", run(BASE64URL, 20, 60)],
    ["glptt-", run(HEX, 40)],
    ["glft-", run(BASE64URL, 20)],
    ["glimt-", run(BASE64URL, 25)],
    ["glagent-", run(BASE64URL, 50, 80)],
    ["gloas-", run(BASE64URL, 64)],
    ["glsoat-", run(BASE64URL, 20)],
    ["glffct-", run(BASE64URL, 20)],
    ["glwt-", run(BASE64URL, 20, 60)],
    ["GR1348941", run(BASE64URL, 20)],
    ["_gitlab_session=", run(HEX, 32)],
  ],
};
