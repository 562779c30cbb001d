import { fail, ok, type Result } from "@bylaw/core";
import { type Block, blocksOf } from "./blocks.ts";
import {
  CONTRACT_MAX_BYTES,
  type Contract,
  type ContractProblem,
  type Rule,
  SHOWN_CHARS,
  type Unenforced,
} from "./contract.ts";

/** What one block becomes: rules, or the reason why it becomes none. */
type Reading = readonly Rule[] | string;

interface Reader {
  readonly file: string;
  readonly blocks: readonly Block[];
  readonly problems: ContractProblem[];
}

const NO_FORM = "no form that can be enforced";

/**
 * Reads the parts of a GOAL.md or a program.md that a machine can enforce, and lists the rest.
 *
 * A text is a rule only in one of a few fixed forms; everything else is listed as not enforced, never
 * guessed. Errors: every problem that was found, with its place.
 */
export function readContract(
  file: string,
  text: string,
): Result<Contract, readonly ContractProblem[]> {
  if (text.length > CONTRACT_MAX_BYTES) {
    const message = `a contract has at most ${CONTRACT_MAX_BYTES} bytes`;
    return fail([{ file, line: 1, code: "contract.too_large", message }]);
  }
  const reader: Reader = { file, blocks: blocksOf(text.replace(/^\u{feff}/u, "")), problems: [] };
  const rules: Rule[] = [];
  const unenforced: Unenforced[] = [];
  for (const [at, block] of reader.blocks.entries()) {
    const reading = readBlock(reader, block, at);
    if (typeof reading !== "string") rules.push(...reading);
    else if (reading !== "") unenforced.push(unenforcedAt(file, block, reading));
  }
  checkChoices(reader);
  checkContradictions(reader, rules);
  return reader.problems.length > 0 ? fail(reader.problems) : ok({ rules, unenforced });
}

function unenforcedAt(file: string, block: Block, because: string): Unenforced {
  const [first = ""] = block.text.split("\n");
  const text = first.length > SHOWN_CHARS ? `${first.slice(0, SHOWN_CHARS)}…` : first;
  return { file, line: block.line, text, because };
}

/** Empty text: the block says nothing to do. */
function readBlock(reader: Reader, block: Block, at: number): Reading {
  switch (sectionOf(block)) {
    case "file map":
      return fileMapRow(reader, block);
    case "metric mutability":
      return mutability(reader, block);
    case "operating mode":
      return operatingMode(reader, block);
    case "stopping conditions":
      return stoppingCondition(reader, block);
    case "fitness function":
      return block.kind === "code" ? scored(reader, block) : NO_FORM;
    default:
      if (block.kind === "code") return branchIn(reader, block) ?? "";
      return listed(reader, block, at);
  }
}

const SECTIONS = [
  "file map",
  "metric mutability",
  "operating mode",
  "stopping conditions",
  "fitness function",
] as const;

/** The innermost heading that means something here. */
function sectionOf(block: Block): (typeof SECTIONS)[number] | null {
  const innermost = [...block.under].reverse();
  for (const heading of innermost) {
    const section = SECTIONS.find((name) => heading === name);
    if (section !== undefined) return section;
  }
  return null;
}

/** `| File | Role | Editable? |`: the columns are found by their names. */
function fileMapRow(reader: Reader, block: Block): Reading {
  if (block.kind !== "row") return NO_FORM;
  const head = reader.blocks.find(
    (other) => other.kind === "row" && sectionOf(other) === "file map",
  );
  const names = (head?.cells ?? []).map((cell) => cell.toLowerCase().replace(/\?$/, ""));
  const [file, editable] = [names.indexOf("file"), names.indexOf("editable")];
  if (block === head) return file === -1 || editable === -1 ? "a table without these columns" : "";
  if (block.cells.every((cell) => /^:?-*:?$/.test(cell))) return "";
  if (file === -1 || editable === -1) return "a table without these columns";
  const path = pathIn(reader, block, unquoted(block.cells[file] ?? ""));
  if (path === null) return "";
  const word = (block.cells[editable] ?? "").toLowerCase();
  const place = { file: reader.file, line: block.line, path };
  if (/^yes\b/.test(word)) {
    if (path.includes("*")) return "a pattern does not say exactly what may be changed";
    return [{ kind: "editable", ...place }];
  }
  if (/^no\b/.test(word)) return [{ kind: "locked", ...place }];
  if (/^written by\b.*\bonly\b/.test(word)) return [{ kind: "written", ...place }];
  // The safest member: what nobody understands may not be changed.
  return [{ kind: "locked", ...place }];
}

function mutability(reader: Reader, block: Block): Reading {
  if (block.ticked === null) return NO_FORM;
  if (!block.ticked) return "";
  const word = block.text.toLowerCase();
  if (word.startsWith("locked"))
    return reader.blocks
      .filter((other) => other.kind === "code" && sectionOf(other) === "fitness function")
      .flatMap((other) => scriptsIn(reader, other))
      .map((path) => ({ kind: "locked", file: reader.file, line: block.line, path }));
  return word.startsWith("split")
    ? "say in the File Map which of the files may be changed"
    : "the metric itself may be changed, so its score proves nothing";
}

function operatingMode(reader: Reader, block: Block): Reading {
  if (block.ticked === null) return NO_FORM;
  if (!block.ticked) return "";
  return /^supervised/i.test(block.text)
    ? [{ kind: "supervised", file: reader.file, line: block.line }]
    : "";
}

function stoppingCondition(reader: Reader, block: Block): Reading {
  if (block.kind !== "item" && block.kind !== "paragraph") return NO_FORM;
  const found = /^(?:after |at most |maximum of )?(\d{1,7}) iterations?\.?$/i.exec(block.text);
  if (found === null) return "the gateway does not see scores";
  const scored = reader.blocks.some(
    (other) => other.kind === "code" && scriptsIn(reader, other).length > 0,
  );
  if (!scored) return "no command of the Fitness Function to count";
  return [{ kind: "iterations", file: reader.file, line: block.line, most: Number(found[1]) }];
}

function scored(reader: Reader, block: Block): Reading {
  const paths = scriptsIn(reader, block);
  if (paths.length === 0) return "no script whose runs can be counted";
  return paths.map((path) => ({ kind: "score", file: reader.file, line: block.line, path }));
}

/** Scripts that a fenced command runs, as paths of the folder. */
function scriptsIn(reader: Reader, block: Block): readonly string[] {
  if (sectionOf(block) !== "fitness function") return [];
  const words = block.text.split(/[\s;|&<>()$"'`]+/);
  const scripts = words.filter((word) =>
    /^(?!-)[\w./-]+\.(?:sh|bash|py|js|mjs|ts|rb|pl)$/.test(word),
  );
  return scripts.flatMap((word) => {
    const path = pathIn(reader, block, word);
    return path === null ? [] : [path];
  });
}

const CAN = /what you can do/i;
const CANNOT = /what you (?:cannot|can't|can not) do/i;

/** Items below `What you CAN do` and `What you CANNOT do`, in a few fixed forms. */
function listed(reader: Reader, block: Block, at: number): Reading {
  const branch = branchIn(reader, block);
  if (branch !== null) return branch;
  if (CAN.test(block.text) || CANNOT.test(block.text)) return "";
  if (block.kind !== "item") return NO_FORM;
  const place = { file: reader.file, line: block.line };
  const [said = ""] = block.text.split("\n");
  const about = listOf(reader, block, at);
  const quoted = /^(?:modify|edit|change) `([^`]+)`/i.exec(said) ?? /^`([^`]+)`/.exec(said);
  const path = (): string | null => pathIn(reader, block, quoted?.[1] ?? "");
  if (
    quoted !== null &&
    (/\b(?:is read-only|do not modify)\b/i.test(block.text) || about === "cannot")
  ) {
    if (about !== "cannot" && /^(?:modify|edit|change)/i.test(said)) return NO_FORM;
    const locked = path();
    return locked === null ? "" : [{ kind: "locked", ...place, path: locked }];
  }
  if (about === "can" && quoted !== null && /^(?:modify|edit|change)/i.test(said)) {
    const editable = path();
    if (editable?.includes("*") === true)
      return "a pattern does not say exactly what may be changed";
    return editable === null ? "" : [{ kind: "editable", ...place, path: editable }];
  }
  if (about === "cannot" && /^install new (?:packages|dependencies)\b/i.test(said))
    return [{ kind: "no-install", ...place }];
  if (about === "cannot" && /^(?:use|access|reach) the (?:network|internet)\b/i.test(said))
    return [{ kind: "offline", ...place }];
  return NO_FORM;
}

/** Which list an item belongs to: the text above it, or its heading, says so. */
function listOf(reader: Reader, block: Block, at: number): "can" | "cannot" | null {
  for (let before = at - 1; before >= 0; before -= 1) {
    const other = reader.blocks[before];
    if (other === undefined || other.under.join("/") !== block.under.join("/")) break;
    if (other.kind === "item") continue;
    return said(other.text);
  }
  return said(block.under.at(-1) ?? "");
}

function said(text: string): "can" | "cannot" | null {
  if (CANNOT.test(text)) return "cannot";
  return CAN.test(text) ? "can" : null;
}

/** A branch that the text names and that is made or worked on: `git checkout -b NAME`, branch `NAME`. */
function branchIn(reader: Reader, block: Block): Reading | null {
  const found =
    /\bgit (?:checkout -b|switch -c) ([\w./<>-]+)/.exec(block.text) ??
    /\bbranch `([^`\s]+)`/i.exec(block.text);
  if (found === null) return null;
  const name = found[1] ?? "";
  if (/[<>*]/.test(name)) return "no branch of one name: say it with --branch";
  if (!isBranch(name)) return NO_FORM;
  return [{ kind: "branch", file: reader.file, line: block.line, name }];
}

/** As strict as git, and a bit stricter. */
export function isBranch(name: string): boolean {
  return /^(?!.*(?:\.\.|\/\/|\.lock(?:\/|$)))[A-Za-z0-9_][A-Za-z0-9_./-]{0,199}(?<![./])$/.test(
    name,
  );
}

function unquoted(cell: string): string {
  return /^`([^`]+)`/.exec(cell)?.[1] ?? cell;
}

const PATH_MAX_CHARS = 1_024;
const HIDDEN = /[\p{C}\p{Zl}\p{Zp}]/u;

/** A path of the folder without `./` and a last `/`; null, with a problem, for any other. */
function pathIn(reader: Reader, block: Block, written: string): string | null {
  const path = written
    .trim()
    .replace(/^(?:\.\/)+/, "")
    .replace(/(?:\/\*\*)?\/*$/, "");
  const steps = path.split("/");
  const good =
    path !== "" &&
    path.length <= PATH_MAX_CHARS &&
    !written.startsWith("/") &&
    !written.startsWith("~") &&
    !path.includes("\\") &&
    !HIDDEN.test(path) &&
    steps.every((step) => step !== "" && step !== "." && step !== "..");
  if (good) return path;
  const message = "a path of the folder was expected";
  reader.problems.push({ file: reader.file, line: block.line, code: "contract.path", message });
  return null;
}

/** Exactly one box of a choice is ticked. */
function checkChoices({ file, blocks, problems }: Reader): void {
  for (const section of ["metric mutability", "operating mode"] as const) {
    const boxes = blocks.filter((block) => block.ticked !== null && sectionOf(block) === section);
    const [first] = boxes;
    if (first === undefined || boxes.filter(({ ticked }) => ticked === true).length === 1) continue;
    const message = `exactly one box of \`${section}\` has to be ticked`;
    problems.push({ file, line: first.line, code: "contract.choice", message });
  }
}

function checkContradictions({ problems }: Reader, rules: readonly Rule[]): void {
  for (const rule of rules) {
    if (rule.kind !== "editable") continue;
    const other = rules.find(
      (one) => (one.kind === "locked" || one.kind === "written") && one.path === rule.path,
    );
    if (other === undefined) continue;
    const message = `\`${rule.path}\` may be changed here, and not in line ${other.line}`;
    problems.push({ file: rule.file, line: rule.line, code: "contract.contradiction", message });
  }
}
