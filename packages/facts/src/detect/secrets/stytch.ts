import { alphabet } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

const TAIL = alphabet("A-Za-z0-9_=-");

export const stytch: ProviderRule = {
  id: "secret.stytch",
  kind: "secret",
  title: "Stytch secret",
  severity: "high",
  formats: [
    ["secret-live-", run(TAIL, 37, 45)],
    ["secret-test-", run(TAIL, 37, 45)],
  ],
};
