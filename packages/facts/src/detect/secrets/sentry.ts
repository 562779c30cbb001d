import { alphabet, HEX } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

const BODY = alphabet("A-Za-z0-9+/=_");

export const sentry: ProviderRule = {
  id: "secret.sentry",
  kind: "secret",
  title: "Sentry token",
  severity: "high",
  formats: [
    ["sntrys_eyJ", run(BODY, 100, 700)],
    ["sntryu_", run(HEX, 64)],
    ["sntrya_", run(HEX, 64)],
  ],
};
