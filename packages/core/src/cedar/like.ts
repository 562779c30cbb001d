/** A pattern as the literal texts between its wildcards: `a*b` is ["a", "b"]. Never empty. */
export type Pattern = readonly string[];

/** Whether the whole text matches; `*` is any run of characters. Linear scans, no backtracking. */
export function like(text: string, pattern: Pattern): boolean {
  const first = pattern[0] ?? "";
  if (pattern.length === 1) return text === first;
  const last = pattern.at(-1) ?? "";
  const end = text.length - last.length;
  if (end < first.length || !text.startsWith(first) || !text.endsWith(last)) return false;
  let from = first.length;
  for (let i = 1; i < pattern.length - 1; i += 1) {
    const literal = pattern[i] ?? "";
    const at = text.indexOf(literal, from);
    if (at < 0) return false;
    from = at + literal.length;
  }
  return from <= end;
}
