import { alphabet, BASE64URL } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

const PADDED = alphabet("A-Za-z0-9_=.-");

export const sendgrid: ProviderRule = {
  id: "secret.sendgrid",
  kind: "secret",
  title: "SendGrid API key",
  severity: "critical",
  formats: [
    ["SG.", run(BASE64URL, 22), ".", run(BASE64URL, 43)],
    ["SG.", run(PADDED, 66)],
  ],
};
