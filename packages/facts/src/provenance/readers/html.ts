import type { Entry } from "./document.ts";

/** Looks like markup: a tag that a page would have. */
export function isHtml(text: string): boolean {
  if (!text.includes("<")) return false;
  return /<(?:html|head|body|div|p|form|a|span|table|tr|td|ul|ol|li|h[1-6]|br|label|input|section|article|title|script|style)\b[^<>]{0,2000}>/i.test(
    text,
  );
}

const BLOCKS: ReadonlySet<string> = new Set(
  `div p form table tr td th ul ol li h1 h2 h3 h4 h5 h6 br hr section article header footer main nav
  aside label button option title blockquote pre body head html`.split(/\s+/),
);

/** Attributes whose text a reader of the page, or the agent, comes to see. */
const SHOWN =
  /\b(?:href|src|action|alt|title|placeholder|aria-label|content|value)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))/gi;

/** Longest tag that is read as one. */
const TAG_UNITS_MAX = 4_096;

/**
 * Blocks of a page as pieces of prose; addresses of links and texts of attributes stay in the text of
 * their block, comments are blocks of their own. One pass: a tag without an end is text.
 */
export function readHtml(text: string): readonly Entry[] {
  let out = "";
  let at = 0;
  while (at < text.length) {
    const open = text.indexOf("<", at);
    if (open < 0) break;
    out += text.slice(at, open);
    const [read, end] = markupAt(text, open);
    out += read;
    at = end;
  }
  const blocks = (out + text.slice(at))
    .replace(/&(?:amp|lt|gt|quot|#39|nbsp|apos);/gi, unescaped)
    .split(/\n+/)
    .map((block) => block.trim())
    .filter((block) => block !== "");
  return blocks.length === 0
    ? []
    : [blocks.map((block) => ({ key: "", text: block, prose: true }))];
}

/** What the markup at an offset adds to the text, and where it ends. */
export function markupAt(text: string, open: number): readonly [text: string, end: number] {
  if (text.startsWith("<!--", open)) {
    const close = text.indexOf("-->", open + 4);
    return close < 0 ? ["\n", open + 4] : [`\n${text.slice(open + 4, close)}\n`, close + 3];
  }
  const close = text.slice(open, open + TAG_UNITS_MAX).indexOf(">");
  if (close < 0) return ["<", open + 1];
  const tag = text.slice(open + 1, open + close);
  const name = /^\/?([a-z][a-z0-9]*)/i.exec(tag)?.[1]?.toLowerCase() ?? "";
  const shown = [...tag.matchAll(SHOWN)].map((found) => found[1] ?? found[2] ?? found[3] ?? "");
  const edge = BLOCKS.has(name) ? "\n" : " ";
  return [shown.length === 0 ? edge : `${edge}${shown.join(" ")} `, open + close + 1];
}

export function unescaped(entity: string): string {
  const names: Readonly<Record<string, string>> = {
    "&amp;": "&",
    "&lt;": "<",
    "&gt;": ">",
    "&quot;": '"',
    "&#39;": "'",
    "&apos;": "'",
  };
  return names[entity.toLowerCase()] ?? " ";
}
