import { BASE64URL } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const figma: ProviderRule = {
  id: "secret.figma",
  kind: "secret",
  title: "Figma token",
  severity: "high",
  formats: [
    ["figd_", run(BASE64URL, 38, 60)],
    ["figu_", run(BASE64URL, 38, 60)],
  ],
};
