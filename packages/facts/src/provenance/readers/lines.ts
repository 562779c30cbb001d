import { patternOf, shapeOf } from "../text.ts";
import type { Entry, Piece } from "./document.ts";
import { isShort } from "./layout.ts";

/**
 * Entries of running text: a section under a heading or between rules is one, and so is an item of a list or
 * a marked line with what stands below it, and what somebody is quoted to say. Total.
 */
export function readLines(source: string, quotedMax: number = QUOTED_MAX): readonly Entry[] {
  const entries: Piece[][] = [];
  let section: Piece[] = [];
  let card: Piece[] | null = null;
  let quoted: string[] = [];
  const flush = (): void => {
    if (quoted.length === 0) return;
    for (const entry of readLines(quoted.join("\n"), quotedMax - 1)) entries.push([...entry]);
    quoted = [];
  };
  const close = (): void => {
    flush();
    [section, card] = [[], null];
  };
  const add = (piece: Piece): void => {
    if (card === null && section.length === 0) entries.push(section);
    (card ?? section).push(piece);
  };
  for (const line of source.split("\n").map((raw) => raw.trim())) {
    if (quotedMax > 0 && (line.startsWith("> ") || line === ">")) {
      quoted.push(line.slice(2));
      continue;
    }
    flush();
    if (line === "") card = null;
    else if (isMark(line) && RULE.test(line)) close();
    else if (line.startsWith("#") && /^#{1,6} /.test(line)) {
      close();
      add({ key: "", text: line.replace(/^#+ /, ""), prose: false });
    } else {
      const labelled = readLabelled(line);
      const item = labelled === null ? readItem(line) : null;
      if (labelled !== null) add(labelled);
      else if (item !== null) entries.push((card = [...item]));
      else add({ key: "", text: line, prose: !isShort(line) });
    }
  }
  close();
  return entries;
}

/** What a rule is made of, and most lines do not begin with. */
function isMark(line: string): boolean {
  const [first = ""] = line;
  return "-=_*".includes(first);
}

/** Quotations of quotations that are opened; deeper ones are lines. */
const QUOTED_MAX = 4;

const RULE = /^(?:-{3,}|={3,}|_{3,}|\*{3,})$/;

/** `**From:** Ann`, `- phone: 12`: what is marked as a label names what stands behind it. */
function readLabelled(line: string): Piece | null {
  if (!line.includes(":")) return null;
  const bold = /^(?:[-*\u2022] +)?(\*{1,2})([\p{L}][\p{L} _-]{0,30}):\1 +(.+)$/u.exec(line);
  const listed = /^[-*\u2022] +([\p{L}][\p{L}_-]{0,20}(?: [\p{L}_-]{1,20})?): +(.{1,80})$/u.exec(
    line,
  );
  const [key, text] = bold === null ? [listed?.[1], listed?.[2]] : [bold[2], bold[3]];
  return key === undefined || text === undefined ? null : { key, text, prose: false };
}

function mayBeItem(line: string): boolean {
  const code = line.charCodeAt(0);
  return (code >= 48 && code <= 57) || "-*\u2022".includes(line.charAt(0));
}

const ITEM = /^(?:[-*\u2022] +|\d{1,3}[.)] +)?/;
const SPEAKER = /^\*\*([^*\n]{1,64})\*\*(?: *\([^)\n]{1,40}\))? *(?::|[-\u2013\u2014](?= ))/;

/**
 * `- T-17 *Lost keys* by Ann`: what stands apart by its marks is a field. Null for a line that marks nothing.
 */
function readItem(line: string): Entry | null {
  const body = mayBeItem(line) ? line.slice(ITEM.exec(line)?.[0].length ?? 0) : line;
  if (body === line && !line.includes("*") && !line.includes("`")) return null;
  const speaker = SPEAKER.exec(body);
  const marked = [...body.matchAll(MARKED)].map((match) => match[1] ?? match[2] ?? "");
  const id = /^[A-Za-z]{1,6}-?\d{1,12}(?= )/.exec(body)?.[0];
  const listed = body !== line || /^\*\*[^*\n]{1,80}\*\*/.test(line);
  if (speaker === null && (!listed || (id === undefined && marked.length === 0))) return null;
  const by = /\bby ([\p{L}\p{N}_.-]{2,40})(?: \([^)]*\))?(?:[:,]|$)/u.exec(
    body.replace(/[*`]/g, ""),
  )?.[1];
  const fields = [
    ...(id === undefined ? [] : [id]),
    ...marked.flatMap((text) => text.split(" \u00b7 ")),
    ...besides(body.slice(id?.length ?? 0).replace(MARKED, " ")),
  ];
  const author = speaker?.[1]?.split(" \u00b7 ").at(-1) ?? by;
  return [
    ...fields.map((text) => ({ key: "", text, prose: false })),
    ...(author === undefined ? [] : [{ key: "author", text: author, prose: false }]),
    { key: "", text: body.replace(/[*`]/g, ""), prose: true },
  ];
}

/** `**Title** (A-17, https://a.example)`: what stands beside the marks alone is a field. */
function besides(rest: string): readonly string[] {
  if (rest.length > BESIDES_UNITS_MAX) return [];
  const pieces = rest
    .split(/[\s,;()[\]\u00b7|-]+(?=\s|$|https?:)|[\s,;()[\]|]+/)
    .filter((piece) => piece !== "");
  if (pieces.length > BESIDES_MAX) return [];
  return pieces.filter((piece) => patternOf(piece) !== null || shapeOf(piece) !== null);
}

/** More words beside the marks are a sentence. */
const BESIDES_MAX = 5;
const BESIDES_UNITS_MAX = 512;

const MARKED = /\*{1,2}([^*\n]{1,80})\*{1,2}|`([^`\n]{1,80})`/g;
