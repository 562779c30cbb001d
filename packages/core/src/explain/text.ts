import type {
  ExplainedReason,
  Explanation,
  FlipSearch,
  ReadClause,
  ReadPolicy,
} from "./explanation.ts";

/** An explanation as lines of plain text; what comes from outside is not made safe for a terminal. */
export function explanationLines(explanation: Explanation): readonly string[] {
  const { headline, deciding, weaker, wouldHave, nearMisses, closest, flip } = explanation;
  return [
    headline,
    ...section("What decided", deciding.flatMap(reasonLines)),
    ...section(
      "The permits that came closest",
      closest.flatMap((read) => lackingLines(read)),
    ),
    ...section("Also applied, and was weaker", weaker.flatMap(shortLines)),
    ...section("Applied without force (observe or warn)", wouldHave.flatMap(shortLines)),
    ...section(
      "All but one clause applied",
      nearMisses.flatMap((read) => lackingLines(read)),
    ),
    ...section("The smallest change that would have changed the outcome", flipLines(flip)),
  ];
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : ["", title, ...lines.map((line) => `  ${line}`)];
}

function reasonLines({ words, code, effect, read }: ExplainedReason): readonly string[] {
  const where = effect === null ? "" : `, effect ${effect}`;
  const head = `${words} (${code}${where})`;
  if (read === null) return [head];
  const clauses = read.clauses.flatMap(clauseLines);
  return [head, `  ${read.file}:${read.line}`, ...clauses.map((line) => `  ${line}`)];
}

function shortLines({ words, code, outcome }: ExplainedReason): readonly string[] {
  return [`${outcome}: ${words} (${code})`];
}

/** A policy with only the clauses that it lacks. */
function lackingLines({
  policy,
  effect,
  decision,
  file,
  line,
  clauses,
}: ReadPolicy): readonly string[] {
  const kind = effect === "permit" ? "permit" : `forbid, ${decision}`;
  const lacking = clauses.filter(({ state }) => state !== "met");
  return [
    `${policy} (${kind}, ${file}:${line}) lacks`,
    ...lacking.map((clause) => `  ${clauseLine(clause, clause.part)}`),
  ];
}

const MARKS = { met: "ok   ", unmet: "not  ", failed: "error", unread: "-    " } as const;

function clauseLines(clause: ReadClause): readonly string[] {
  return [
    `${MARKS[clause.state]} ${clauseLine(clause, clause.part)}`,
    ...partLines(clause).map((line) => `        ${line}`),
  ];
}

function partLines({ parts, join }: ReadClause): readonly string[] {
  return parts.flatMap((part, index) => [
    clauseLine(part, index === 0 ? "either" : (join ?? "")).replace(
      /^either/,
      join === "or" ? "either" : "both",
    ),
    ...partLines(part).map((line) => `  ${line}`),
  ]);
}

/** `when context.quantity.atMost > 100: true, because 1200 > 100` */
function clauseLine({ text, value, because, parts }: ReadClause, label: string): string {
  const why = because === "" || parts.length > 0 ? "" : `, because ${because}`;
  return `${label} ${text}: ${value ?? "error"}${why}`;
}

function flipLines({ flips, changes, trials, complete }: FlipSearch): readonly string[] {
  if (changes === 0) return ["not looked for: the facts themselves could not be read"];
  const searched = `${trials} decisions tried, up to ${changes} facts changed together`;
  const end = complete ? "" : "; a limit ended the search before everything was tried";
  if (flips.length === 0) return [`none found (${searched}${end})`];
  return flips.map(
    (flip) => `${flip.changes.map(({ words }) => words).join(", and ")}: then ${flip.outcome}`,
  );
}
