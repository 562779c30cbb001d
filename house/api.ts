import { posix } from "node:path";
import type { File } from "./repository.ts";
import { type Token, tokensOf } from "./tokens.ts";

const KINDS: ReadonlySet<string> = new Set([
  "function",
  "const",
  "let",
  "class",
  "interface",
  "type",
]);

/**
 * What a package offers: one line `kind name` for each export of `entry`, re-exports followed.
 *
 * Throws where an export has a form that it cannot name: an API that was read wrongly proves nothing.
 */
export function apiOf(entry: string, files: ReadonlyMap<string, File>): readonly string[] {
  return [...exportsOf(entry, files)].map(([name, kind]) => `${kind} ${name}`).sort();
}

function exportsOf(path: string, files: ReadonlyMap<string, File>): ReadonlyMap<string, string> {
  const file = files.get(path);
  if (file === undefined) throw new Error(`\`${path}\` does not exist`);
  const tokens = tokensOf(file.text);
  const found = new Map<string, string>();
  tokens.forEach((token, at) => {
    if (token.text !== "export" || token.kind !== "word" || tokens[at - 1]?.text === ".") return;
    const rest = tokens.slice(at + 1, at + 3).map(({ text }) => text);
    const next = rest[0] === "async" || rest[0] === "abstract" ? rest.slice(1) : rest;
    const from = (specifier: string): ReadonlyMap<string, string> =>
      specifier.startsWith(".")
        ? exportsOf(posix.join(posix.dirname(path), specifier), files)
        : new Map();
    if (next[0] === "*") {
      for (const [name, kind] of from(tokens[at + 3]?.text ?? "")) found.set(name, kind);
    } else if (next[0] === "{" || (next[0] === "type" && next[1] === "{")) {
      for (const [name, kind] of listed(tokens, at, from)) found.set(name, kind);
    } else if (KINDS.has(next[0] ?? "")) {
      const name = tokens[at + 1 + rest.indexOf(next[0] ?? "") + 1]?.text ?? "";
      found.set(name, next[0] ?? "");
    } else throw new Error(`${path}:${token.line}: an export without a name`);
  });
  return found;
}

/** `export { a, type B, c as d } from "./x.ts"`, with the kinds that the other file says. */
function listed(
  tokens: readonly Token[],
  at: number,
  from: (specifier: string) => ReadonlyMap<string, string>,
): ReadonlyMap<string, string> {
  const open = tokens.findIndex(({ text }, index) => index > at && text === "{");
  const close = tokens.findIndex(({ text }, index) => index > open && text === "}");
  const source = tokens[close + 1]?.text === "from" ? from(tokens[close + 2]?.text ?? "") : null;
  const found = new Map<string, string>();
  let words: string[] = [];
  for (const { text } of tokens.slice(open + 1, close + 1)) {
    if (text !== "," && text !== "}") {
      if (text !== "type" || words.length > 0) words.push(text);
      continue;
    }
    const [own, exported] = [words[0], words.at(-1)];
    if (own !== undefined && exported !== undefined)
      found.set(exported, source?.get(own) ?? "export");
    words = [];
  }
  return found;
}
