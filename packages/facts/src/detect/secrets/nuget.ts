import { LOWER } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const nuget: ProviderRule = {
  id: "secret.nuget",
  kind: "secret",
  title: "NuGet API key",
  severity: "critical",
  formats: [["oy2", run(LOWER, 43)]],
};
