import { type File, type Finding, isProduct, roomOf, seen } from "./repository.ts";
import { type Token, tokensOf } from "./tokens.ts";

/** A call that some packages may not make, and what to do instead. */
interface Ban {
  readonly rule: string;
  /** Tokens in a row; a first token that is a property of something else does not count. */
  readonly tokens: readonly string[];
  /** Packages that may; all others may not. */
  readonly only: readonly string[];
  readonly instead: string;
}

const CLOCK = "take `now` from ops: a decision must be repeatable";
const PURE = "core is synchronous and pure: hand the value in";

/** Every package but these: what core alone may not. */
const ALL_BUT_CORE = [
  "bundle",
  "facts",
  "identity",
  "ledger",
  "store",
  "gateway",
  "server",
  "sdk",
  "scenario",
  "cli",
] as const;
/** Packages that wait, for a write, an upstream or a person. */
const WAITING = ["store", "gateway", "server", "sdk", "scenario", "cli"] as const;

const BANS: readonly Ban[] = [
  { rule: "clock", tokens: ["Date", ".", "now"], only: ["server"], instead: CLOCK },
  { rule: "clock", tokens: ["new", "Date", "(", ")"], only: ["server"], instead: CLOCK },
  { rule: "clock", tokens: ["new", "Date", ";"], only: ["server"], instead: CLOCK },
  { rule: "clock", tokens: ["performance"], only: ["store", "server", "cli"], instead: CLOCK },
  { rule: "clock", tokens: ["hrtime"], only: ["server"], instead: CLOCK },
  {
    rule: "random",
    tokens: ["Math", ".", "random"],
    only: [],
    instead: "take ids from ops: this source can be predicted",
  },
  {
    rule: "environment",
    tokens: ["process", ".", "env"],
    only: ["server"],
    instead: "the server reads the environment once and hands values in",
  },
  ...[["createServer"], [".", "createServer"], ["new", "Server", "("]].map((tokens) => ({
    rule: "listen",
    tokens,
    only: ["server"],
    instead: "the server alone opens a port, after it has checked the address",
  })),
  {
    rule: "fetch",
    tokens: ["fetch", "("],
    only: ["sdk", "cli"],
    instead: "only gateways forward, through undici; other look-ups are ops",
  },
  ...["setTimeout", "setInterval", "setImmediate"].map((timer) => ({
    rule: "timer",
    tokens: [timer],
    only: WAITING,
    instead: "only packages that wait may set a timer",
  })),
  ...["async", "await", "Promise", "queueMicrotask", "WebSocket"].map((word) => ({
    rule: "async",
    tokens: [word],
    only: ALL_BUT_CORE,
    instead: PURE,
  })),
  ...["process", "crypto", "console", "Intl", "navigator"].map((word) => ({
    rule: "ambient",
    tokens: [word],
    only: ALL_BUT_CORE,
    instead: PURE,
  })),
  {
    rule: "ambient",
    tokens: ["globalThis"],
    only: [],
    instead: "name the global itself, so that these rules see it",
  },
  {
    rule: "exit",
    tokens: ["process", ".", "exit", "("],
    only: ["cli"],
    instead: "return to the caller: what is in flight must be drained",
  },
  ...["eval", "Function"].map((word) => ({
    rule: "eval",
    tokens: [word, "("],
    only: [],
    instead: "text never becomes code",
  })),
];

/** Banned calls in product sources. */
export function effects(files: readonly File[]): readonly Finding[] {
  const sources = seen(
    files.filter(({ path }) => isProduct(path)),
    "sources",
  );
  return sources.flatMap(({ path, text }) => {
    const tokens = tokensOf(text);
    return BANS.filter(({ only }) => !only.includes(roomOf(path))).flatMap((ban) =>
      occurrences(tokens, ban.tokens).map((line) => ({
        rule: `effects.${ban.rule}`,
        file: path,
        line,
        because: `\`${ban.tokens.join("")}\`: ${ban.instead}`,
      })),
    );
  });
}

function occurrences(tokens: readonly Token[], wanted: readonly string[]): readonly number[] {
  if (tokens.some((token, at) => token.text === wanted[0] && isDeclared(tokens, at))) return [];
  return tokens.flatMap((token, at) => {
    const here = wanted.every((text, offset) => {
      const other = tokens[at + offset];
      return other !== undefined && other.kind !== "string" && other.text === text;
    });
    return here && !isMember(tokens, at) ? [token.line] : [];
  });
}

/** The file gives the name a meaning of its own: `const fetch`, `function fetch`, `(fetch: …)`. */
function isDeclared(tokens: readonly Token[], at: number): boolean {
  const before = tokens[at - 1]?.text ?? "";
  if (before === "(") return tokens[at + 1]?.text === ":";
  return ["const", "let", "function"].includes(before);
}

/** `x.fetch(...)`, `{ fetch: ... }` and `fetch(...): T` of an interface are names of one's own. */
function isMember(tokens: readonly Token[], at: number): boolean {
  const before = tokens[at - 1]?.text;
  return (
    tokens[at]?.kind === "word" &&
    (before === "." || before === "?." || tokens[at + 1]?.text === ":" || before === "#")
  );
}
