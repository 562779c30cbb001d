import { FILE_CLASSES } from "./classes.ts";

interface Pattern {
  readonly name: string;
  readonly segments: readonly RegExp[];
  readonly rooted: boolean;
  /** The folder and everything below it. */
  readonly below: boolean;
}

const PATTERNS = Object.entries(FILE_CLASSES).flatMap(([name, texts]) =>
  texts.map((text): readonly [string, Pattern] => [text, compile(name, text)]),
);

/** Patterns by their literal first segment, and those whose first segment is not literal. */
const BY_FIRST = new Map<string, Pattern[]>();
const WILD: Pattern[] = [];
for (const [text, pattern] of PATTERNS) {
  const first = text.replace(/^\//, "").split("/")[0] ?? "";
  if (first.includes("*")) WILD.push(pattern);
  else BY_FIRST.set(first, [...(BY_FIRST.get(first) ?? []), pattern]);
}

/** Names of the classes that a path belongs to by its shape alone, sorted. */
export function classesOfPath(path: string): readonly string[] {
  const lower = path.toLowerCase();
  const segments = lower.split("/").filter((segment) => segment !== "");
  const rooted = lower.startsWith("/");
  const found = new Set<string>();
  segments.forEach((segment, at) => {
    for (const pattern of BY_FIRST.get(segment) ?? [])
      if (matches(pattern, segments, at, rooted)) found.add(pattern.name);
    for (const pattern of WILD) if (matches(pattern, segments, at, rooted)) found.add(pattern.name);
  });
  return [...found].sort();
}

function matches(pattern: Pattern, path: readonly string[], at: number, rooted: boolean): boolean {
  if (pattern.rooted && (at !== 0 || !rooted)) return false;
  const end = at + pattern.segments.length;
  if (pattern.below ? end > path.length : end !== path.length) return false;
  return pattern.segments.every((segment, index) => segment.test(path[at + index] ?? ""));
}

function compile(name: string, text: string): Pattern {
  const body = text.replace(/^\//, "").replace(/\/$/, "");
  return {
    name,
    rooted: text.startsWith("/"),
    below: text.endsWith("/"),
    segments: body.split("/").map(segmentPattern),
  };
}

function segmentPattern(text: string): RegExp {
  const literal = text.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${literal.join(".*")}$`, "s");
}
