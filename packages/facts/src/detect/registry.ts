import { DETECTORS } from "./detectors.ts";
import type { Rule } from "./rule.ts";
import { PROVIDERS } from "./secrets/index.ts";
import { CONTEXT_RULES } from "./secrets.ts";

/** Every built-in rule by id. */
export const RULES: ReadonlyMap<string, Rule> = new Map(
  [...PROVIDERS, ...CONTEXT_RULES, ...DETECTORS].map((rule) => [rule.id, rule]),
);
