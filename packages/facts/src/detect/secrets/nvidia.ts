import { BASE64URL } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const nvidia: ProviderRule = {
  id: "secret.nvidia",
  kind: "secret",
  title: "NVIDIA API key",
  severity: "high",
  formats: [["nvapi-", run(BASE64URL, 60, 70)]],
};
