import { ALNUM } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const tencent: ProviderRule = {
  id: "secret.tencent",
  kind: "secret",
  title: "Tencent Cloud secret id",
  severity: "high",
  formats: [["AKID", run(ALNUM, 32)]],
};
