import { alphabet } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

const PADDED = alphabet("A-Za-z0-9_=-");

export const gocardless: ProviderRule = {
  id: "secret.gocardless",
  kind: "secret",
  title: "GoCardless token",
  severity: "high",
  formats: [["live_", run(PADDED, 40)]],
};
