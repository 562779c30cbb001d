import { RESULT_DEPTH_MAX } from "../limits.ts";
import type { Entry, Piece } from "./document.ts";
import { markupAt, unescaped } from "./html.ts";

interface Element {
  readonly name: string;
  readonly attributes: readonly Piece[];
  readonly children: Element[];
  text: string;
}

/** Names of a page's elements: what has them is markup for the eye, not data. */
const PAGE =
  /^(?:html|head|div|p|form|a|span|table|tr|td|th|ul|ol|li|h[1-6]|br|hr|script|style|img|nav|main|section|article|header|footer|!doctype)$/i;

const TAG = /^<(\/?)([A-Za-z_][\w:.-]{0,80})((?:\s[^<>]{0,4000})?)>$/;
const ATTRIBUTE = /([\w:.-]{1,80})\s*=\s*(?:"([^"]*)"|'([^']*)')/g;

/**
 * Data in markup, `<mail id="7"><from>…</from></mail>`: an element with elements of its own, or one of several
 * of a name, is an entry, and each text or attribute a named string of it. Null for a page, for what does not
 * close as it opens, and for what is nested too deep.
 */
export function readXml(source: string): readonly Entry[] | null {
  const root = parse(source);
  if (root === null || root.children.length === 0) return null;
  const entries: Piece[][] = [];
  collect(root, opened(entries), entries);
  return entries.filter((entry) => entry.some(({ text }) => text !== ""));
}

function parse(source: string): Element | null {
  if (!/^<[A-Za-z_?!]/.test(source) || !source.endsWith(">")) return null;
  const root: Element = { name: "", attributes: [], children: [], text: "" };
  const open: Element[] = [root];
  let at = 0;
  while (at < source.length) {
    const top = open.at(-1) as Element;
    const start = source.indexOf("<", at);
    top.text += source.slice(at, start < 0 ? undefined : start);
    if (start < 0) break;
    const [shown, end] = markupAt(source, start);
    at = end;
    if (source.startsWith("<!--", start)) {
      top.children.push({ name: "", attributes: [], children: [], text: shown });
      continue;
    }
    if (source.startsWith("<?", start)) continue;
    const [, closes, name = "", rest = ""] = TAG.exec(source.slice(start, end)) ?? [];
    if (name === "" || PAGE.test(name)) return null;
    if (closes === "/") {
      if (open.length === 1 || top.name !== name) return null;
      open.pop();
      continue;
    }
    const element = { name, attributes: attributesOf(rest), children: [], text: "" };
    top.children.push(element);
    if (!rest.endsWith("/") && open.push(element) > RESULT_DEPTH_MAX) return null;
  }
  return open.length === 1 ? root : null;
}

function attributesOf(text: string): readonly Piece[] {
  return [...text.matchAll(ATTRIBUTE)].map(([, key = "", double, single]) => ({
    key,
    text: plain(double ?? single ?? ""),
    prose: false,
  }));
}

function plain(text: string): string {
  return text.replace(/&(?:amp|lt|gt|quot|#39|nbsp|apos);/gi, unescaped).trim();
}

/** Adds what an element says to the entry it belongs to, and what it holds as entries of their own. */
function collect(element: Element, entry: Piece[], entries: Piece[][]): void {
  const { name, attributes, children } = element;
  entry.push(...attributes, { key: name, text: plain(element.text), prose: name === "" });
  const counts = new Map<string, number>();
  for (const child of children) counts.set(child.name, (counts.get(child.name) ?? 0) + 1);
  for (const child of children) {
    const several = (counts.get(child.name) ?? 0) > 1 && child.attributes.length > 0;
    if (!several && child.children.length === 0) collect(child, entry, entries);
    else collect(child, opened(entries), entries);
  }
}

function opened(entries: Piece[][]): Piece[] {
  const entry: Piece[] = [];
  entries.push(entry);
  return entry;
}
