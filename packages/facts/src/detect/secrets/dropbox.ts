import { alphabet } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

const PADDED = alphabet("A-Za-z0-9_=-");

export const dropbox: ProviderRule = {
  id: "secret.dropbox",
  kind: "secret",
  title: "Dropbox access token",
  severity: "high",
  formats: [
    ["sl.", run(PADDED, 100, 1500)],
    ["sl.u.", run(PADDED, 100, 1500)],
  ],
};
