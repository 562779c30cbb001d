import type { Decision, LedgerRecord, Reason } from "@bylaw/core";
import type { Reached } from "./door/door.ts";
import type { Played } from "./play.ts";
import { type Expected, expectedOf } from "./scenario.ts";

/** What one call of a step came to, with every reason that the log has for it. */
export interface Verdict {
  readonly outcome: Reached["outcome"];
  readonly reasons: readonly Pick<Reason, "code" | "policy" | "text">[];
  readonly record: number | null;
}

/** What the log says about a call; what it has no decision for is as the caller was told. */
export function verdictOf(reached: Reached, records: readonly LedgerRecord[]): Verdict {
  const index = reached.record ?? indexOf(reached, records);
  const record = index === null ? undefined : records[index];
  const decision: Decision | null =
    record !== undefined && "decision" in record ? record.decision : null;
  const told = { code: reached.code ?? "", policy: reached.policy, text: reached.text };
  if (decision === null || reached.outcome === "error")
    return { outcome: reached.outcome, reasons: [told], record: index };
  return {
    outcome: decision.outcome,
    reasons: decision.reasons.filter(({ outcome }) => outcome === decision.outcome),
    record: index,
  };
}

/** The record of a call that a hook let pass: calls of a scenario come one after the other. */
function indexOf({ passed }: Reached, records: readonly LedgerRecord[]): number | null {
  if (passed === undefined) return null;
  const withheld = new Set(
    records.flatMap((one) =>
      one.kind === "outcome" && one.code === "obligation.unsupported" ? [one.intent] : [],
    ),
  );
  const intents = records.flatMap((one, at) =>
    one.kind === "intent" && one.action.gateway === "hook" && !withheld.has(at) ? [at] : [],
  );
  return intents[passed] ?? null;
}

/** What is not as expected, line by line; empty when all is. */
export function differences(
  { step, reached }: Pick<Played, "step" | "reached">,
  records: readonly LedgerRecord[],
): readonly string[] {
  const expected = expectedOf(step);
  const judged = step.last_only === true ? reached.slice(-1) : reached;
  for (const [at, one] of judged.entries()) {
    const lines = difference(expected, verdictOf(one, records), one);
    const first = step.last_only === true ? reached.length : at + 1;
    if (lines.length > 0)
      return reached.length === 1 ? lines : [`call ${first} of ${reached.length}`, ...lines];
  }
  return [];
}

function difference(
  expected: Expected,
  verdict: Verdict,
  { text }: Pick<Reached, "text">,
): readonly string[] {
  const lines: string[] = [];
  const compare = (what: string, wanted: string | undefined, got: readonly string[]): void => {
    if (wanted === undefined || got.includes(wanted)) return;
    lines.push(
      `${what.padEnd(8)} expected  ${wanted}`,
      `${" ".repeat(8)} got       ${got.join(", ") || "none"}`,
    );
  };
  compare("outcome", expected.outcome, [verdict.outcome]);
  compare("code", expected.code, codesOf(verdict));
  compare("policy", expected.policy, policiesOf(verdict));
  if (expected.answers !== undefined && !text.includes(expected.answers))
    lines.push(`answer   expected  …${expected.answers}…`, `         got       ${text}`);
  if (lines.length > 0)
    lines.push(
      ...verdict.reasons.map(({ policy, code, text: why }) => `because  ${policy ?? code}: ${why}`),
    );
  return lines;
}

/** Policies carry their own codes; one that passes has none, so its id stands for it. */
function codesOf({ reasons }: Verdict): readonly string[] {
  return [...new Set(reasons.map(({ code }) => code))].filter((code) => code !== "");
}

function policiesOf({ reasons }: Verdict): readonly string[] {
  return [...new Set(reasons.flatMap(({ policy }) => policy ?? []))];
}
