/** One piece of a Markdown text that may say something to do. */
export interface Block {
  readonly kind: "paragraph" | "item" | "row" | "code";
  /** Without the mark of its list; emphasis is taken out, back-quoted text is not. */
  readonly text: string;
  /** For tables: the cells. */
  readonly cells: readonly string[];
  /** For items with a box: whether it is ticked; null without a box. */
  readonly ticked: boolean | null;
  /** From 1. */
  readonly line: number;
  /** Headings that it stands under, the outermost first, in lower case. */
  readonly under: readonly string[];
}

const HEADING = /^ {0,3}(#{1,6})\s+(.*?)\s*#*\s*$/;
const ITEM = /^\s*(?:[-*+]|\d{1,9}[.)])\s+(?:\[([ xX])\]\s+)?(.*)$/;
const FENCE = /^ {0,3}(`{3,}|~{3,})/;
const COMMENT = /<!--[\s\S]*?(?:-->|$)/g;

/** The blocks of a Markdown text, in order. Comments are not read: nobody sees them. */
export function blocksOf(text: string): readonly Block[] {
  const lines = text.replace(COMMENT, (comment) => comment.replace(/[^\n]/g, "")).split(/\r\n?|\n/);
  const blocks: Block[] = [];
  const headings: string[] = [];
  let fence: { readonly mark: string; readonly line: number; readonly body: string[] } | null =
    null;
  const add = (
    kind: Block["kind"],
    line: number,
    body: string,
    more: Partial<Block> = {},
  ): void => {
    blocks.push({
      kind,
      text: kind === "code" ? body : plain(body),
      cells: [],
      ticked: null,
      line,
      under: headings.filter((heading) => heading !== ""),
      ...more,
    });
  };
  lines.forEach((line, at) => {
    const mark = FENCE.exec(line)?.[1];
    if (fence !== null) {
      if (mark?.startsWith(fence.mark) === true && line.trim() === mark) {
        add("code", fence.line, fence.body.join("\n"));
        fence = null;
      } else fence.body.push(line);
      return;
    }
    if (mark !== undefined) {
      fence = { mark, line: at + 1, body: [] };
      return;
    }
    const heading = HEADING.exec(line);
    if (heading !== null) {
      const depth = heading[1]?.length ?? 1;
      headings.splice(depth - 1, headings.length, plain(heading[2] ?? "").toLowerCase());
      for (let gap = 0; gap < depth; gap += 1) headings[gap] ??= "";
      return;
    }
    if (line.trim() === "") return;
    const item = ITEM.exec(line);
    if (item !== null) {
      const box = item[1];
      const ticked = box === undefined ? null : box !== " ";
      return add("item", at + 1, item[2] ?? "", { ticked });
    }
    if (line.trim().startsWith("|")) return add("row", at + 1, line, { cells: cellsOf(line) });
    if (!continued(blocks, at + 1, line)) add("paragraph", at + 1, line);
  });
  // A fence that nobody closed goes on to the end: nothing in it is a rule.
  return blocks;
}

/** Whether a line goes on with the paragraph or item before it, which then holds it. */
function continued(blocks: Block[], line: number, text: string): boolean {
  const last = blocks.at(-1);
  if (last === undefined || (last.kind !== "paragraph" && last.kind !== "item")) return false;
  if (last.line + last.text.split("\n").length !== line) return false;
  blocks[blocks.length - 1] = { ...last, text: `${last.text}\n${plain(text.trim())}` };
  return true;
}

/** `\|` is part of a cell. */
function cellsOf(line: string): readonly string[] {
  const inner = line.trim().replace(/^\|/, "").replace(/\|$/, "");
  return inner.split(/(?<!\\)\|/).map((cell) => plain(cell.trim()).replaceAll("\\|", "|"));
}

/** Without emphasis; what stands in back-quotes stays as it is. */
function plain(text: string): string {
  return text
    .split(/(`[^`]*`)/)
    .map((part) =>
      part.startsWith("`") ? part : part.replace(/\*\*|__|(?<!\w)[*_]|[*_](?!\w)/g, ""),
    )
    .join("")
    .trim();
}
