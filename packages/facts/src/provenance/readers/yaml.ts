import type { Entry, Piece } from "./document.ts";
import { readFlow } from "./flow.ts";

const KEY =
  /^( {0,64})(- )?(?:"([^"\n]{1,64})"|'([^'\n]{1,64})'|([A-Za-z_][\w .-]{0,63}?|[\w.+-]{1,64}@[\w.-]{1,64})):(?: +(.*)|\s*)$/;

/** UTF-16 units from which a line is no longer looked at for a key. */
const LINE_UNITS_MAX = 4_096;

/** Most lines are `key: value` of plain names, a list item, or continue one. */
export function isYaml(text: string): boolean {
  if (!text.includes("\n")) return false;
  const lines = text.split("\n");
  const first = lines.find((line) => line.trim() !== "") ?? "";
  const isKey = (line: string): boolean =>
    /^ {0,64}(?:(?:- )?[A-Za-z_][\w-]{0,63}:(?:\s|$)|- \{)/.test(line);
  return !first.startsWith(" ") && isKey(first) && lines.filter(isKey).length >= 2;
}

/** The value that is being read: its lines, and what has to come before it ends. */
interface Open {
  readonly lines: string[];
  readonly quote: string | null;
  readonly block: boolean;
  closed: boolean;
}

/**
 * Entries of YAML-like text: `- ` at column 0, or `- key:` anywhere, starts one, deeper lines continue what
 * stands above them; what stands beside the lists is one entry.
 */
export function readYaml(text: string): readonly Entry[] {
  const base: Piece[] = [];
  const entries: Piece[][] = [base];
  let entry = base;
  /** How deep the item stands whose entry is open. */
  let item = -1;
  let key = "";
  let open: Open | null = null;
  let indent = 0;
  const flush = (): void => {
    if (open !== null && open.lines.length > 0) entry.push(...piecesOf(key, open));
    open = null;
  };
  const start = (depth: number): void => {
    flush();
    entry = [];
    entries.push(entry);
    item = depth;
    key = "";
  };
  for (const line of text.split("\n")) {
    if (line.startsWith("- ")) start(0);
    const found = line.length > LINE_UNITS_MAX ? null : KEY.exec(line);
    const depth =
      found === null ? 0 : (found[1] as string).length + (found[2] === undefined ? 0 : 2);
    const current: Open | null = open;
    if (found !== null && (current === null || depth <= indent || !goesOn(current))) {
      flush();
      const dash = (found[1] as string).length;
      if (found[2] !== undefined && dash > 0) start(dash);
      else if (found[2] === undefined && dash <= item) [entry, item] = [base, -1];
      key = found[3] ?? found[4] ?? found[5] ?? "";
      // A key that is an address is data.
      if (key.includes("@")) entry.push({ key: "", text: key, prose: false });
      open = opened(found[6] ?? "");
      indent = depth;
    } else if (/^\s*- /.test(line) && (current === null || !goesOn(current))) {
      const body = line.replace(/^\s*- /, "");
      if (body.startsWith("{")) start(line.length - line.trimStart().length);
      flush();
      open = opened(body);
    } else if (current !== null) append(current, line.trim());
    else if (line.trim() !== "") open = opened(line.trim());
  }
  flush();
  return entries.filter(({ length }) => length > 0);
}

function opened(first: string): Open | null {
  if (first === "") return null;
  const mark = first.charAt(0);
  const quote = mark === '"' || mark === "'" ? mark : null;
  const open: Open = {
    lines: [],
    quote,
    block: /^[|>][+-]?$/.test(first),
    closed: false,
  };
  append(open, first);
  return open;
}

/** A quoted string ends at the first line that ends in its quote, not counting escaped ones. */
function append(open: Open, line: string): void {
  const started = open.lines.length > 0;
  open.lines.push(line);
  if (open.quote === null) return;
  const body = started ? line : line.slice(1);
  const plain = open.quote === "'" ? body.replaceAll("''", "") : body.replace(/\\./g, "");
  if (plain.endsWith(open.quote)) open.closed = true;
}

function goesOn({ quote, block, closed }: Open): boolean {
  return block || (quote !== null && !closed);
}

function piecesOf(key: string, { lines, block }: Open): readonly Piece[] {
  const text = lines
    .slice(block ? 1 : 0)
    .join("\n")
    .trim();
  const flow = block ? null : readFlow(text, key);
  if (flow !== null) return flow;
  const quoted = /^(["'])([\s\S]*)\1$/.exec(text);
  const plain = quoted === null ? text : (quoted[2] as string);
  const value = quoted?.[1] === "'" ? plain.replaceAll("''", "'") : plain.replace(/\\\n *\\?/g, "");
  return [{ key, text: value.replace(/\\n/g, "\n"), prose: false }];
}
