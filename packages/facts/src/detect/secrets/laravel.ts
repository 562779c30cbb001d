import { BASE64 } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const laravel: ProviderRule = {
  id: "secret.laravel",
  kind: "secret",
  title: "Laravel application key",
  severity: "high",
  formats: [["base64:", run(BASE64, 44)]],
};
