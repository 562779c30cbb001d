/** Classes of effect that people ask for and tools have. */
export const KINDS = [
  "read",
  "create",
  "update",
  "delete",
  "send",
  "pay",
  "buy",
  "book",
  "grant",
  "config",
  "auth",
  "exec",
] as const;
export type Kind = (typeof KINDS)[number];

/** A set of kinds as bits, in the order of KINDS. */
export type KindSet = number;

export function kindBit(kind: Kind): KindSet {
  return 1 << KINDS.indexOf(kind);
}

/** The kinds of a set, in order. */
export function kindsIn(set: KindSet): readonly Kind[] {
  const known = KNOWN.get(set);
  if (known !== undefined) return known;
  const kinds = KINDS.filter((kind) => (set & kindBit(kind)) !== 0);
  KNOWN.set(set, kinds);
  return kinds;
}

/** At most as many as there are sets. */
const KNOWN = new Map<KindSet, readonly Kind[]>();

export function kindSet(...kinds: readonly Kind[]): KindSet {
  return kinds.reduce((set, kind) => set | kindBit(kind), 0);
}

/** Effects that only the user's own verb asks for: no document, page or message opens them. */
export const GRAVE: KindSet = kindSet("pay", "buy", "delete", "grant", "config", "exec");

/** Everything that does more than look. */
export const CHANGES: KindSet = ((1 << KINDS.length) - 1) & ~kindSet("read", "auth");
