import { RESULT_DEPTH_MAX, RESULT_UNITS_MAX } from "../limits.ts";
import type { Entry, Piece } from "./document.ts";
import { isHtml, readHtml } from "./html.ts";
import { isShort, readLayout } from "./layout.ts";
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
  return readLayout(source) ?? plain(source);
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

/** Lines; an item of a list, or what somebody is quoted to say, is an entry of its own. */
function plain(source: string): readonly Entry[] {
  const rest: Piece[] = [];
  const items: Entry[] = [];
  for (const line of source.split("\n").map((raw) => raw.trim())) {
    if (line === "") continue;
    const item = readItem(line);
    if (item === null) rest.push({ key: "", text: line, prose: !isShort(line) });
    else items.push(item);
  }
  return rest.length === 0 ? items : [rest, ...items];
}

const ITEM = /^(?:[-*\u2022] +|\d{1,3}[.)] +)?/;
const SPEAKER = /^\*\*([^*\n]{1,64})\*\*(?: *\([^)\n]{1,40}\))? *(?::|[-\u2013\u2014](?= ))/;

/**
 * `- T-17 *Lost keys* by Ann`: what stands apart by its marks is a field. Null for a line that marks nothing.
 */
function readItem(line: string): Entry | null {
  const body = line.replace(ITEM, "");
  if (body === line && !/[*`]/.test(line)) return null;
  const speaker = SPEAKER.exec(body);
  const marked = [...body.matchAll(/\*{1,2}([^*\n]{1,80})\*{1,2}|`([^`\n]{1,80})`/g)].map(
    (match) => match[1] ?? match[2] ?? "",
  );
  const id = /^[A-Za-z]{1,6}-?\d{1,12}(?= )/.exec(body)?.[0];
  if (speaker === null && (body === line || (id === undefined && marked.length === 0))) return null;
  const by = /\bby ([\p{L}\p{N}_.-]{2,40})(?: \([^)]*\))?(?:[:,]|$)/u.exec(
    body.replace(/[*`]/g, ""),
  )?.[1];
  const fields = [
    ...(id === undefined ? [] : [id]),
    ...marked.flatMap((text) => text.split(" \u00b7 ")),
  ];
  const author = speaker?.[1]?.split(" \u00b7 ").at(-1) ?? by;
  return [
    ...fields.map((text) => ({ key: "", text, prose: false })),
    ...(author === undefined ? [] : [{ key: "author", text: author, prose: false }]),
    { key: "", text: body.replace(/[*`]/g, ""), prose: true },
  ];
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
