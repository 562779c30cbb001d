import { policySetTextToParts, policyToJson } from "@cedar-policy/cedar-wasm/nodejs";
import type { ExactJson } from "../../../packages/core/dist/index.js";

// Strings, comments and names first, so that digits inside them are left alone.
const TOKEN = /"(?:[^"\\]|\\.)*"|\/\/[^\n]*|[A-Za-z_]\w*|\d+/g;

/** Stands for a long literal while the text goes through cedar-wasm, whose JSON rounds it. */
const FIRST_PLACEHOLDER = 7_123_456_789_012_345;

export interface PolicyJson {
  /** With every integer as it is written. */
  readonly exact: ExactJson;
  /** As cedar-wasm gives it: what the product's loader would see. */
  readonly rounded: ExactJson;
}

/** The policies of a text in Cedar's JSON form, in order of appearance. */
export function readPolicies(text: string): PolicyJson[] {
  const literals: bigint[] = [];
  const marked = text.replace(TOKEN, (token) => {
    if (!/^\d/.test(token)) return token;
    const value = BigInt(token);
    if (value === BigInt(FIRST_PLACEHOLDER + literals.length))
      throw new Error(`the text holds the placeholder ${token}`);
    if (value <= BigInt(Number.MAX_SAFE_INTEGER)) return token;
    literals.push(value);
    return String(FIRST_PLACEHOLDER + literals.length - 1);
  });
  const exact = toJson(marked).map((json) => restore(json, literals));
  const rounded = toJson(text);
  return exact.map((json, index) => ({ exact: json, rounded: rounded[index] ?? null }));
}

function toJson(text: string): ExactJson[] {
  const parts = policySetTextToParts(text);
  if (parts.type === "failure") throw new Error(parts.errors.map((e) => e.message).join("; "));
  return inOrder(parts.policies).map((policy) => {
    const answer = policyToJson(policy);
    if (answer.type === "failure") throw new Error(answer.errors.map((e) => e.message).join("; "));
    return answer.json as unknown as ExactJson;
  });
}

/** Parts come sorted by their ids as texts: 0, 1, 10, 11, 2. */
function inOrder(parts: readonly string[]): readonly string[] {
  const ids = parts.map((_, index) => String(index)).sort();
  return parts.map((_, index) => parts[ids.indexOf(String(index))] ?? "");
}

function restore(json: ExactJson, literals: readonly bigint[]): ExactJson {
  if (typeof json === "number") {
    const literal = literals[Math.abs(json) - FIRST_PLACEHOLDER];
    if (literal === undefined) return json;
    return json < 0 ? -literal : literal;
  }
  if (Array.isArray(json)) return json.map((item: ExactJson) => restore(item, literals));
  if (typeof json !== "object" || json === null) return json;
  return Object.fromEntries(
    Object.entries(json).map(([key, value]) => [key, restore(value as ExactJson, literals)]),
  );
}
