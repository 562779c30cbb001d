import {
  type ArgumentFacts,
  canonicalize,
  isArray,
  isObject,
  type Json,
  type JsonObject,
} from "@bylaw/core";
import {
  ARGUMENT_DEPTH_MAX,
  ARGUMENT_LEAVES_MAX,
  ARGUMENT_LIST_MAX,
  ARGUMENT_TEXT_UNITS_MAX,
} from "./limits.ts";
import type { AnalysisOps } from "./ops.ts";

/**
 * The leaves of the arguments that policies read, by dotted path; elements of an array share its
 * path. A text or number that stands alone at its path is in `text` or `number`; every leaf is in
 * `list`, written as text. `complete` is false when a leaf that a policy reads was left out: too many,
 * too long, a number that is no safe integer, or two places that spell the same path.
 *
 * In: the arguments; the paths that some policy reads (`*`: all).
 */
export function argumentFacts(
  args: JsonObject,
  paths: ReadonlySet<string>,
  ops: AnalysisOps,
): ArgumentFacts {
  const digest = ops.keyedDigest(canonicalize(args));
  if (paths.size === 0) return { digest, text: NONE, number: NONE, list: NONE, complete: true };
  const collected = new Collector();
  if (paths.has("*")) walk(args, "", 0, true, collected);
  else for (const path of paths) find(args, path.split("."), 0, path, collected, true);
  return { digest, ...collected.facts() };
}

const NONE: Readonly<Record<string, never>> = Object.freeze(
  Object.create(null) as Record<string, never>,
);

type Leaf = string | number | boolean | null;

interface Found {
  readonly leaves: Leaf[];
  /** Not an element of any array, so that one value is all there is. */
  single: boolean;
}

class Collector {
  readonly #found = new Map<string, Found>();
  #leaves = 0;
  #complete = true;

  drop(): void {
    this.#complete = false;
  }

  /** Whether there is room for more. */
  get open(): boolean {
    return this.#leaves < ARGUMENT_LEAVES_MAX + ARGUMENT_LIST_MAX;
  }

  add(path: string, leaf: Leaf, single: boolean): void {
    const known = this.#found.get(path);
    if (!this.open || (known?.leaves.length ?? 0) >= ARGUMENT_LIST_MAX) return this.drop();
    if (known === undefined && this.#found.size >= ARGUMENT_LEAVES_MAX) return this.drop();
    if (typeof leaf === "string" && leaf.length > ARGUMENT_TEXT_UNITS_MAX) return this.drop();
    if (typeof leaf === "number" && !Number.isSafeInteger(leaf)) this.drop();
    this.#leaves += 1;
    if (known === undefined) {
      this.#found.set(path, { leaves: [leaf], single });
      return;
    }
    // `{"a.b": 1, "a": {"b": 2}}`: a policy would see one of them and the tool read the other.
    if (single || known.single) this.drop();
    known.leaves.push(leaf);
    known.single = false;
  }

  facts(): Omit<ArgumentFacts, "digest"> {
    const text = Object.create(null) as Record<string, string>;
    const number = Object.create(null) as Record<string, number>;
    const list = Object.create(null) as Record<string, readonly string[]>;
    for (const [path, { leaves, single }] of [...this.#found].sort(([a], [b]) =>
      a < b ? -1 : 1,
    )) {
      const [only] = leaves;
      if (single && typeof only === "string") text[path] = only;
      if (single && typeof only === "number" && Number.isSafeInteger(only)) number[path] = only;
      list[path] = [...new Set(leaves.map(String))].sort();
    }
    return { text, number, list, complete: this.#complete };
  }
}

/** Every leaf below `value`. */
function walk(value: Json, path: string, depth: number, single: boolean, into: Collector): void {
  if (!into.open || depth > ARGUMENT_DEPTH_MAX) return into.drop();
  if (isArray(value)) {
    for (const item of value) {
      if (!into.open) return into.drop();
      walk(item, path, depth + 1, false, into);
    }
    return;
  }
  if (!isObject(value)) return into.add(path, value, single);
  for (const key of Object.keys(value)) {
    if (!into.open) return into.drop();
    const below = path === "" && depth === 0 ? key : `${path}.${key}`;
    walk(value[key] as Json, below, depth + 1, single, into);
  }
}

/** The leaves at one dotted path, also where a key itself contains the dots. */
function find(
  value: Json,
  segments: readonly string[],
  from: number,
  path: string,
  into: Collector,
  single: boolean,
): void {
  if (!into.open) return into.drop();
  if (isArray(value)) {
    for (const item of value) {
      if (!into.open) return into.drop();
      find(item, segments, from, path, into, false);
    }
    return;
  }
  if (from === segments.length) {
    if (!isObject(value)) into.add(path, value, single);
    return;
  }
  if (!isObject(value)) return;
  for (let end = from + 1; end <= segments.length; end += 1) {
    const key = segments.slice(from, end).join(".");
    if (Object.hasOwn(value, key)) find(value[key] as Json, segments, end, path, into, single);
  }
}
