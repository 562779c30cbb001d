import { posix } from "node:path";
import { apiOf } from "./api.ts";
import { type File, type Finding, isProduct, isTest, ROOT, roomOf, seen } from "./repository.ts";
import { importsOf, type Token, tokensOf } from "./tokens.ts";

/** Lines above which a file needs an entry in exceptions.ts that says why it is one idea. */
const FILE_LINES_MAX = 400;
/** A function of the public API longer than this says in a doc comment what goes in and out. */
const UNDOCUMENTED_LINES_MAX = 8;

/** The project's rules on its own files, apart from imports and effects. */
export function tidy(files: readonly File[]): readonly Finding[] {
  const sources = seen(
    files.filter(({ path }) => isProduct(path)),
    "sources",
  );
  return [
    ...files.flatMap(markers),
    ...files.flatMap(places),
    ...files.filter(({ path }) => isTest(path)).flatMap(notRun),
    ...sources.flatMap(sizes),
    ...docstrings(sources),
    ...sources.flatMap(benchmarkNames),
    ...deadFiles(files),
  ];
}

/** Words that say something was left for later, spelled apart so that this file is clean. */
const MARKERS = new RegExp(
  `\\b(${["TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK"].join("|")})\\b`,
);

function markers(file: File): readonly Finding[] {
  return matches(file, MARKERS, "tidy.marker", "unfinished work is not committed");
}

/** Addresses of package registries: the lock file and the docs must work with any of them. */
const REGISTRY = new RegExp(`${"regi" + "stry"}\\.(npmjs|yarnpkg|npmmirror)\\.|deb\\.debian\\.org`);

function places(file: File): readonly Finding[] {
  return [
    ...matches(file, new RegExp(escaped(ROOT)), "tidy.place", "names a folder of one machine"),
    ...matches(file, REGISTRY, "tidy.registry", "names a package registry's host"),
  ];
}

/** `it.only` hides every other test; a skipped test must say what it is waiting for. */
function notRun(file: File): readonly Finding[] {
  return tokensOf(file.text).flatMap((token, at, tokens) => {
    if (token.text !== "." || token.kind === "string") return [];
    const name = tokens[at + 1]?.text ?? "";
    const runner = /^(it|test|describe|each|concurrent)$/.test(tokens[at - 1]?.text ?? "");
    if (!runner) return [];
    if (["only", "skip", "todo"].includes(name))
      return [
        {
          rule: "tidy.not_run",
          file: file.path,
          line: token.line,
          because: `\`.${name}\`: run it, delete it, or skipIf() with a title that says what it needs`,
        },
      ];
    if ((name === "skipIf" || name === "runIf") && !titleOf(tokens, at).includes("needs "))
      return [
        {
          rule: "tidy.not_run",
          file: file.path,
          line: token.line,
          because: `the title of a \`.${name}()\` test says what it \`needs \`…`,
        },
      ];
    return [];
  });
}

/** The first string after the condition: `it.skipIf(!there)("title", …)`. */
function titleOf(tokens: readonly Token[], at: number): string {
  const call = tokens.findIndex(
    (token, index) => index > at && token.text === ")" && tokens[index + 1]?.text === "(",
  );
  const title = call === -1 ? undefined : tokens[call + 2];
  return title?.kind === "string" ? title.text : "";
}

function sizes(file: File): readonly Finding[] {
  const lines = file.text.split("\n").length - 1;
  if (lines <= FILE_LINES_MAX) return [];
  const because = `${lines} lines: split it where the idea changes, or say in exceptions.ts why not`;
  return [{ rule: "tidy.size", file: file.path, line: FILE_LINES_MAX, because }];
}

function docstrings(sources: readonly File[]): readonly Finding[] {
  const byPath = new Map(sources.map((file) => [file.path, file]));
  return sources
    .filter(({ path }) => /^packages\/[^/]+\/src\/index\.ts$/.test(path))
    .flatMap((index) => {
      const api = new Set(apiOf(index.path, byPath));
      return sources
        .filter(({ path }) => roomOf(path) === roomOf(index.path))
        .flatMap((file) => undocumented(file, api));
    });
}

function undocumented(file: File, api: ReadonlySet<string>): readonly Finding[] {
  const tokens = tokensOf(file.text);
  return tokens.flatMap((token, at) => {
    if (token.text !== "export" || token.kind !== "word" || token.documented) return [];
    const offset = tokens[at + 1]?.text === "async" ? 2 : 1;
    const name = tokens[at + offset + 1]?.text ?? "";
    if (tokens[at + offset]?.text !== "function" || !api.has(`function ${name}`)) return [];
    const end = tokens.find((other, index) => index > at && endsAtMargin(file, other));
    if ((end?.line ?? token.line) - token.line < UNDOCUMENTED_LINES_MAX) return [];
    const because = `\`${name}\` is public: say what goes in, what comes out, what fails`;
    return [{ rule: "tidy.docstring", file: file.path, line: token.line, because }];
  });
}

/** The formatter puts a declaration's closing brace, and no other, at the margin. */
function endsAtMargin(file: File, token: Token): boolean {
  return token.text === "}" && lineOf(file, token.line).startsWith("}");
}

const lineOf = (file: File, line: number): string => file.text.split("\n")[line - 1] ?? "";

/** Policies and analyzers are written for what actions do, never for the data they are measured on. */
const BENCHMARKS =
  /\b(agent[-_ ]?dojo|inject?agent|injecagent|bipia|tool[-_ ]?emu|agent[-_ ]?harm|adv[-_ ]?bench|harm[-_ ]?bench|doc[-_ ]?intake|gandalf|asb|wasp[-_ ]?bench|mcp[-_ ]?tox)\b/i;

function benchmarkNames(file: File): readonly Finding[] {
  if (!/^packages\/(facts|bundle|inspect|core)\//.test(file.path)) return [];
  const because = "a rule that knows its benchmark measures nothing";
  return matches(file, BENCHMARKS, "tidy.benchmark", because);
}

/** Product sources that nothing imports and no manifest exports. */
function deadFiles(files: readonly File[]): readonly Finding[] {
  const reached = new Set<string>();
  for (const { path, text } of files) {
    const folder = posix.dirname(path);
    if (/^packages\/[^/]+\/package\.json$/.test(path))
      for (const [, target] of text.matchAll(/"(?:\.\/)?((?:src|dist)\/[^"]+)"/g))
        reached.add(asSource(posix.join(folder, target ?? "")));
    else if (/\.[cm]?[jt]sx?$/.test(path))
      for (const specifier of specifiersOf(text))
        if (specifier.startsWith(".")) reached.add(asSource(posix.join(folder, specifier)));
  }
  return files
    .filter(({ path }) => isProduct(path) && !reached.has(path))
    .map(({ path }) => ({
      rule: "tidy.dead",
      file: path,
      line: 1,
      because: "nothing imports it and no manifest exports it",
    }));
}

/** Modules a source asks for, also by address: `new URL("./worker.js", import.meta.url)`. */
function specifiersOf(text: string): readonly string[] {
  const tokens = tokensOf(text);
  const addressed = tokens.flatMap((token, at) =>
    token.text === "URL" && tokens[at + 1]?.text === "(" && tokens[at + 2]?.kind === "string"
      ? [tokens[at + 2]?.text ?? ""]
      : [],
  );
  return [...importsOf(tokens).imports.map(({ specifier }) => specifier), ...addressed];
}

const asSource = (path: string): string =>
  path.replace(/^(packages\/[^/]+)\/dist\//, "$1/src/").replace(/\.(js|d\.ts)$/, ".ts");

function matches(file: File, pattern: RegExp, rule: string, because: string): readonly Finding[] {
  return file.text.split("\n").flatMap((text, index) => {
    const [found] = pattern.exec(text) ?? [];
    if (found === undefined) return [];
    return [{ rule, file: file.path, line: index + 1, because: `\`${found}\`: ${because}` }];
  });
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
