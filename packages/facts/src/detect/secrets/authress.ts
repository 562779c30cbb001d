import { alphabet, LOWER } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

const SIGNED = alphabet("A-Za-z0-9_.+/=-");

export const authress: ProviderRule = {
  id: "secret.authress",
  kind: "secret",
  title: "Authress service client key",
  severity: "high",
  formats: [
    ["sc_", run(LOWER, 5, 30), ".", run(LOWER, 4, 6), ".acc", run(SIGNED, 40, 400)],
    ["ext_", run(LOWER, 5, 30), ".", run(LOWER, 4, 6), ".acc", run(SIGNED, 40, 400)],
    ["scauth_", run(LOWER, 5, 30), ".", run(LOWER, 4, 6), ".acc", run(SIGNED, 40, 400)],
    ["authress_", run(LOWER, 5, 30), ".", run(LOWER, 4, 6), ".acc", run(SIGNED, 40, 400)],
  ],
};
