import { HEX } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const trello: ProviderRule = {
  id: "secret.trello",
  kind: "secret",
  title: "Trello token",
  severity: "high",
  formats: [["ATTA", run(HEX, 60, 80)]],
};
