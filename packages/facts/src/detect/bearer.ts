import { isGenerated, isPlaceholder } from "./evidence.ts";
import { authorization } from "./generic.ts";
import type { Finding } from "./rule.ts";

/** In: where `Bearer ` stands outside any header. */
export function bearerAt(text: string, at: number): Finding | null {
  const start = at + "Bearer ".length;
  const token = /^[A-Za-z0-9._~+/=-]*/.exec(text.slice(start, start + 4_096))?.[0] ?? "";
  if (!isGenerated(token, 20) || isPlaceholder(token)) return null;
  return { rule: authorization.id, start, end: start + token.length };
}
