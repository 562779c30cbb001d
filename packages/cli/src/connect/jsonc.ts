import type { Json, Result } from "@bylaw/core";
import { after, DEPTH_MAX, match, reading, type SyntaxProblem, Unreadable } from "./reading.ts";
import type { Place } from "./replacement.ts";

/** Characters of a client's configuration; a larger file is none. */
const FILE_UNITS_MAX = 4 * 1_048_576;

export interface Member {
  readonly key: string;
  /** Where its key begins. */
  readonly start: number;
  readonly value: Node;
  /** Offset of the comma behind it; null where there is none. */
  readonly comma: number | null;
}

/** A value of JSON with comments, with where it stands. */
export type Node = Place &
  (
    | { readonly kind: "object"; readonly members: readonly Member[] }
    | { readonly kind: "array"; readonly items: readonly Node[] }
    | { readonly kind: "scalar"; readonly value: string | number | boolean | null }
  );

const BLANK = /(?:[ \t\r\n\ufeff]|\/\/[^\n]*|\/\*[\s\S]*?\*\/)*/y;
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const WORD = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;

/**
 * Reads JSON with comments and trailing commas, as editors do, so that a part of it can be replaced
 * and all else stays as it is. A key that occurs twice is refused: nobody knows which one counts.
 */
export function readJsonc(text: string): Result<Node, SyntaxProblem> {
  return reading(text, FILE_UNITS_MAX, whole);
}

function whole(text: string): Node {
  const node = value(text, skip(text, 0), 0);
  const rest = skip(text, node.end);
  if (rest < text.length) throw new Unreadable(rest, "something follows the value");
  return node;
}

function value(text: string, at: number, depth: number): Node {
  if (depth > DEPTH_MAX) throw new Unreadable(at, "values are nested too deeply");
  if (text[at] === "{") return object(text, at, depth);
  if (text[at] === "[") return array(text, at, depth);
  const found = match(STRING, text, at) ?? match(WORD, text, at);
  if (found === null) throw new Unreadable(at, "expected a value");
  const scalar = JSON.parse(found) as string | number | boolean | null;
  return { kind: "scalar", start: at, end: at + found.length, value: scalar };
}

function object(text: string, start: number, depth: number): Node {
  const members: Member[] = [];
  const keys = new Set<string>();
  let at = skip(text, start + 1);
  while (text[at] !== "}") {
    const written = match(STRING, text, at);
    if (written === null) throw new Unreadable(at, "expected a key in double quotes, or `}`");
    const key = JSON.parse(written) as string;
    if (keys.has(key)) throw new Unreadable(at, `the key ${written} occurs twice`);
    keys.add(key);
    const colon = skip(text, at + written.length);
    if (text[colon] !== ":") throw new Unreadable(colon, "expected `:`");
    const held = value(text, skip(text, colon + 1), depth + 1);
    const next = skip(text, held.end);
    const comma = text[next] === "," ? next : null;
    members.push({ key, start: at, value: held, comma });
    if (comma === null && text[next] !== "}") throw new Unreadable(next, "expected `,` or `}`");
    at = comma === null ? next : skip(text, comma + 1);
  }
  return { kind: "object", start, end: at + 1, members };
}

function array(text: string, start: number, depth: number): Node {
  const items: Node[] = [];
  let at = skip(text, start + 1);
  while (text[at] !== "]") {
    const item = value(text, at, depth + 1);
    items.push(item);
    const next = skip(text, item.end);
    if (text[next] !== "," && text[next] !== "]") throw new Unreadable(next, "expected `,` or `]`");
    at = text[next] === "," ? skip(text, next + 1) : next;
  }
  return { kind: "array", start, end: at + 1, items };
}

function skip(text: string, at: number): number {
  return after(BLANK, text, at);
}

/** What a node says, without its places. Objects have no prototype. */
export function plain(node: Node): Json {
  if (node.kind === "scalar") return node.value;
  if (node.kind === "array") return node.items.map(plain);
  const object = Object.create(null) as Record<string, Json>;
  for (const { key, value: held } of node.members) object[key] = plain(held);
  return object;
}

export function memberOf(node: Node | undefined, key: string): Node | undefined {
  if (node?.kind !== "object") return undefined;
  return node.members.find((member) => member.key === key)?.value;
}

/**
 * The text of an object with some members set and some taken out; the others, and the comments around
 * them, stay as they are. A member that is new comes last, on a line like the first one's.
 */
export function withMembers(
  text: string,
  node: Extract<Node, { kind: "object" }>,
  set: Readonly<Record<string, Json>>,
  remove: readonly string[],
): string {
  let from = node.start + 1;
  const kept: string[] = [];
  let lead = " ";
  for (const [at, { key, start, value: held, comma }] of node.members.entries()) {
    if (at === 0) lead = /\s*$/.exec(text.slice(from, start))?.[0] ?? lead;
    const end = comma ?? held.end;
    const put = Object.hasOwn(set, key) ? set[key] : undefined;
    if (put !== undefined)
      kept.push(text.slice(from, held.start) + written(put) + text.slice(held.end, end));
    else if (!remove.includes(key)) kept.push(text.slice(from, end));
    from = comma === null ? held.end : comma + 1;
  }
  const known = new Set(node.members.map(({ key }) => key));
  for (const [key, put] of Object.entries(set))
    if (!known.has(key)) kept.push(`${lead}${JSON.stringify(key)}: ${written(put)}`);
  return `{${kept.join(",")}${text.slice(from, node.end - 1)}}`;
}

/** On one line, spaced as people write it. */
function written(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(written).join(", ")}]`;
  return JSON.stringify(value);
}
