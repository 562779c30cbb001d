import { RESULT_DEPTH_MAX, RESULT_UNITS_MAX } from "../limits.ts";
import type { Entry, Piece } from "./document.ts";
import { isHtml, readHtml } from "./html.ts";
import { readLayout } from "./layout.ts";
import { readLines } from "./lines.ts";
import { type Literal, readLiteral } from "./literal.ts";
import { readXml } from "./xml.ts";
import { isYaml, readYaml } from "./yaml.ts";

/**
 * A result as entries of named strings. In: any text, of which the first RESULT_UNITS_MAX units are
 * read. Total: what is no JSON, no Python literal, no markup and no `key: value` text is lines.
 */
export function readResult(text: string): readonly Entry[] {
  const source = unwrapped(text.slice(0, RESULT_UNITS_MAX).trim());
  const literal = readLiteral(source);
  if (literal !== undefined) return entriesOf(literal);
  const data = readXml(source);
  if (data !== null) return data;
  if (isYaml(source)) return readYaml(source);
  if (isHtml(source)) return readHtml(source);
  return readLayout(source) ?? readLines(source);
}

/** Marks that harnesses put around a result so that a model can tell it from its instructions. */
const DELIMITERS: readonly (readonly [string, string])[] = [
  ["<<", ">>"],
  ["```", "```"],
  ['"""', '"""'],
];

function unwrapped(text: string): string {
  const pair = DELIMITERS.find(([open, close]) => text.startsWith(open) && text.endsWith(close));
  if (pair === undefined || text.length < pair[0].length + pair[1].length) return text;
  return text.slice(pair[0].length, -pair[1].length).replace(/^json\n/, "");
}

/**
 * An object of objects has an entry per key, a list one per element, also where the list stands beside
 * other members: what stands together is one entry.
 */
function entriesOf(value: Literal): readonly Entry[] {
  if (isList(value))
    return value.flatMap((item) => (isObject(item) ? entriesOf(item) : [piecesOf(item, "", 0)]));
  if (!isObject(value)) return [piecesOf(value, "", 0)];
  const members = Object.entries(value);
  const nested = members.filter(([, item]) => isObject(item) || isList(item));
  if (members.length > 1 && nested.length === members.length)
    return members.map(([key, item]) => [named("", key), ...piecesOf(item, key, 0)]);
  const lists = members.filter(([, item]) => isList(item) && item.some(isObject));
  const rest = members.filter((member) => !lists.includes(member));
  const own = rest.length === 0 ? [] : [piecesOf(Object.fromEntries(rest), "", 0)];
  return [...own, ...lists.flatMap(([, items]) => entriesOf(items))];
}

function isObject(value: Literal): value is { readonly [key: string]: Literal } {
  return typeof value === "object" && value !== null && !isList(value);
}

const isList = (value: Literal): value is readonly Literal[] => Array.isArray(value);

function piecesOf(value: Literal, key: string, depth: number): readonly Piece[] {
  if (depth > RESULT_DEPTH_MAX || value === null) return [];
  if (isList(value)) return value.flatMap((item) => piecesOf(item, key, depth + 1));
  if (typeof value === "object")
    return Object.entries(value).flatMap(([name, item]) => [
      // A key that is no plain name is data: a person, a hotel, a host.
      ...(/^[a-z_][a-z0-9_-]*$/i.test(name) ? [] : [named("", name)]),
      ...piecesOf(item, name, depth + 1),
    ]);
  return [named(key, String(value))];
}

function named(key: string, text: string): Piece {
  return { key, text, prose: false };
}
