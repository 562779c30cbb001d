import { HEX } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const mailgun: ProviderRule = {
  id: "secret.mailgun",
  kind: "secret",
  title: "Mailgun key",
  severity: "high",
  formats: [
    ["key-", run(HEX, 32)],
    ["pubkey-", run(HEX, 32)],
    [run(HEX, 32), "-", run(HEX, 8), "-", run(HEX, 8)],
  ],
};
