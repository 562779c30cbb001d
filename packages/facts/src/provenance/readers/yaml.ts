import type { Entry, Piece } from "./document.ts";

const KEY =
  /^( {0,64})(- )?(?:"([^"\n]{1,64})"|'([^'\n]{1,64})'|([A-Za-z_][\w .-]{0,63}?|[\w.+-]{1,64}@[\w.-]{1,64})):(?: +(.*)|\s*)$/;

/** UTF-16 units from which a line is no longer looked at for a key. */
const LINE_UNITS_MAX = 4_096;

/** Most lines are `key: value` of plain names, a list item, or continue one. */
export function isYaml(text: string): boolean {
  const lines = text.split("\n");
  const first = lines.find((line) => line.trim() !== "") ?? "";
  const isKey = (line: string): boolean =>
    /^ {0,64}(?:- )?[A-Za-z_][\w-]{0,63}:(?:\s|$)/.test(line);
  return !first.startsWith(" ") && isKey(first) && lines.filter(isKey).length >= 2;
}

/** The value that is being read: its lines, and what has to come before it ends. */
interface Open {
  readonly lines: string[];
  readonly quote: string | null;
  readonly block: boolean;
  closed: boolean;
}

/** Entries of YAML-like text: `- ` at column 0 starts one, deeper lines continue what stands above them. */
export function readYaml(text: string): readonly Entry[] {
  const entries: Piece[][] = [];
  let entry: Piece[] = [];
  let key = "";
  let open: Open | null = null;
  let indent = 0;
  const flush = (): void => {
    if (open !== null && open.lines.length > 0) entry.push(piece(key, open.lines));
    open = null;
  };
  for (const line of text.split("\n")) {
    if (line.startsWith("- ")) {
      flush();
      if (entry.length > 0) entries.push(entry);
      entry = [];
      key = "";
    }
    const found = line.length > LINE_UNITS_MAX ? null : KEY.exec(line);
    const depth =
      found === null ? 0 : (found[1] as string).length + (found[2] === undefined ? 0 : 2);
    const current: Open | null = open;
    if (found !== null && (current === null || depth <= indent || !goesOn(current))) {
      flush();
      key = found[3] ?? found[4] ?? found[5] ?? "";
      // A key that is an address is data.
      if (key.includes("@")) entry.push({ key: "", text: key, prose: false });
      open = opened(found[6] ?? "");
      indent = depth;
    } else if (/^\s*- /.test(line) && (current === null || !goesOn(current))) {
      flush();
      open = opened(line.replace(/^\s*- /, ""));
    } else if (current !== null) append(current, line.trim());
    else if (line.trim() !== "") open = opened(line.trim());
  }
  flush();
  if (entry.length > 0) entries.push(entry);
  return entries;
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

function piece(key: string, lines: readonly string[]): Piece {
  const text = lines.join("\n").trim();
  const quoted = /^(["'])([\s\S]*)\1$/.exec(text);
  const plain = quoted === null ? text : (quoted[2] as string);
  const value = quoted?.[1] === "'" ? plain.replaceAll("''", "'") : plain.replace(/\\\n *\\?/g, "");
  return { key, text: value.replace(/\\n/g, "\n"), prose: false };
}
