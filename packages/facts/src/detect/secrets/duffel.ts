import { alphabet } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

const PADDED = alphabet("A-Za-z0-9_=-");

export const duffel: ProviderRule = {
  id: "secret.duffel",
  kind: "secret",
  title: "Duffel token",
  severity: "high",
  formats: [
    ["duffel_test_", run(PADDED, 43)],
    ["duffel_live_", run(PADDED, 43)],
  ],
};
