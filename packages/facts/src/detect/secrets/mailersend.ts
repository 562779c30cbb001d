import { HEX } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const mailersend: ProviderRule = {
  id: "secret.mailersend",
  kind: "secret",
  title: "MailerSend token",
  severity: "high",
  formats: [["mlsn.", run(HEX, 64)]],
};
