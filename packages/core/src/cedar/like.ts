/** The literal texts of a pattern: `a*b*c` is first a, middle [b], last c. */
export interface Pattern {
  /** Before the first wildcard; null where there is no wildcard and `last` is all. */
  readonly first: string | null;
  readonly middle: readonly string[];
  /** After the last wildcard. */
  readonly last: string;
}

/** Whether the whole text matches; `*` is any run of characters. Scans forward, never back. */
export function like(text: string, { first, middle, last }: Pattern): boolean {
  if (first === null) return text === last;
  const end = text.length - last.length;
  if (end < first.length || !text.startsWith(first) || !text.endsWith(last)) return false;
  let from = first.length;
  for (const literal of middle) {
    const at = text.indexOf(literal, from);
    if (at < 0) return false;
    from = at + literal.length;
  }
  return from <= end;
}
