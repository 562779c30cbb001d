import { alphabet } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

const PADDED = alphabet("A-Za-z0-9_=-");

export const frameio: ProviderRule = {
  id: "secret.frameio",
  kind: "secret",
  title: "Frame.io token",
  severity: "high",
  formats: [["fio-u-", run(PADDED, 64)]],
};
