import {
  type DefinitionFinding,
  type DefinitionRule,
  HIDDEN_NAME,
  LOOK_ALIKE,
  ODD_NAME,
  SAME_NAME,
} from "./rules.ts";

/** A tool that a server offers. */
export interface NamedTool {
  readonly server: string;
  readonly name: string;
}

/** Control and format characters, separators of lines, what has no place of its own, and lone halves. */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Mn}\p{Me}\u115f\u1160\u3164\uffa0]/u;
/** What the protocol asks of names (2025-11-25, "Tool Names"). */
const PLAIN = /^[A-Za-z0-9_.-]{1,128}$/;

/** Letters of Greek, Cyrillic and others, and what they are taken for. */
const LOOKS: ReadonlyMap<string, string> = new Map(
  [
    ["aаαɑ", "a"],
    ["bьƅ", "b"],
    ["cсϲ", "c"],
    ["dԁ", "d"],
    ["eеєҽ", "e"],
    ["gɡց", "g"],
    ["hһհ", "h"],
    ["i1l|іӏιɩı", "l"],
    ["jјϳ", "j"],
    ["kкκ", "k"],
    ["mм", "m"],
    ["nпոη", "n"],
    ["o0оοօ", "o"],
    ["pрρ", "p"],
    ["qԛ", "q"],
    ["rг", "r"],
    ["sѕ", "s"],
    ["tтτ", "t"],
    ["uυսц", "u"],
    ["vνѵ", "v"],
    ["wԝω", "w"],
    ["xхχ", "x"],
    ["yуγ", "y"],
    ["zᴢ", "z"],
  ].flatMap(([letters = "", plain = ""]) => [...letters].map((letter) => [letter, plain] as const)),
);

/** The name without case and separators: what people hardly tell apart, and need not. */
function folded(name: string): string {
  return name
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[\s_.:/-]+/g, "");
}

/** What a name looks like at a glance; names that look the same have the same. */
export function skeleton(name: string): string {
  const letters = folded(name)
    .normalize("NFKD")
    .replace(/[\p{Mn}\p{Me}\p{Cf}\p{Cc}]+/gu, "");
  const plain = [...letters].map((letter) => LOOKS.get(letter) ?? letter).join("");
  return plain.replaceAll("rn", "m").replaceAll("vv", "w");
}

/** Names of tools that others are compared with; built once for many comparisons. */
export interface Neighbours {
  readonly bySkeleton: ReadonlyMap<string, readonly NamedTool[]>;
}

/** In: every tool that a name may be taken for, the one itself among them. */
export function neighboursOf(tools: readonly NamedTool[]): Neighbours {
  const bySkeleton = new Map<string, NamedTool[]>();
  for (const tool of tools) {
    const key = skeleton(tool.name);
    const there = bySkeleton.get(key);
    if (there === undefined) bySkeleton.set(key, [tool]);
    else there.push(tool);
  }
  return { bySkeleton };
}

/** What the name of a tool is, by itself and beside the others. */
export function nameFindings(
  tool: NamedTool,
  neighbours: Neighbours,
): readonly DefinitionFinding[] {
  const found = (rule: DefinitionRule, about = ""): DefinitionFinding => ({
    rule: rule.id,
    severity: rule.severity,
    path: "/name",
    about,
  });
  const own = HIDDEN.test(tool.name)
    ? [found(HIDDEN_NAME)]
    : PLAIN.test(tool.name)
      ? []
      : [found(ODD_NAME)];
  const others = neighbours.bySkeleton.get(skeleton(tool.name)) ?? [];
  const same = others.find(
    ({ server, name }) => server !== tool.server && likeness(name, tool.name) === "same",
  );
  const alike = others.find(({ name }) => likeness(name, tool.name) === "alike");
  return [
    ...own,
    ...(same === undefined ? [] : [found(SAME_NAME, `${same.server}/${same.name}`)]),
    ...(alike === undefined ? [] : [found(LOOK_ALIKE, `${alike.server}/${alike.name}`)]),
  ];
}

/** `readFile` beside `read_file` is chance; `reаd_file` with a Cyrillic letter is none. */
function likeness(a: string, b: string): "same" | "alike" {
  const plain = (name: string): string => name.toLowerCase().replace(/[ _.:/-]+/g, "");
  return plain(a) === plain(b) ? "same" : "alike";
}
