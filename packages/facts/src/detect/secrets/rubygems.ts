import { HEX } from "../alphabets.ts";
import { run } from "../format.ts";
import type { ProviderRule } from "../rule.ts";

export const rubygems: ProviderRule = {
  id: "secret.rubygems",
  kind: "secret",
  title: "RubyGems API key",
  severity: "critical",
  formats: [["rubygems_", run(HEX, 48)]],
};
