import type { EntityRef } from "../facts.ts";
import type { Json } from "../json/json.ts";
import type { Outcome } from "../vocabulary.ts";
import type { ClausePart } from "./written.ts";

/** `unread`: an earlier clause that guards it is not met, so the engine never gets there. */
export type ClauseState = "met" | "unmet" | "failed" | "unread";

/** A clause of a policy with what the facts made of it. */
export interface ReadClause {
  readonly part: ClausePart;
  readonly text: string;
  readonly line: number;
  readonly column: number;
  readonly state: ClauseState;
  /** What the expression came to; null where it failed. `unless` is met by false. */
  readonly value: boolean | null;
  /** Plain words: the values that made it so, `1200 > 100`. */
  readonly because: string;
  readonly join: "and" | "or" | null;
  readonly parts: readonly ReadClause[];
}

/** One policy, and what each of its clauses came to for one effect and one member of the chain. */
export interface ReadPolicy {
  readonly policy: string;
  readonly effect: "permit" | "forbid";
  readonly decision: string;
  readonly mode: string;
  readonly reason: string;
  readonly file: string;
  readonly line: number;
  readonly clauses: readonly ReadClause[];
}

/** One reason of the decision in plain words. */
export interface ExplainedReason {
  readonly code: string;
  readonly outcome: Outcome;
  readonly policy: string | null;
  readonly effect: number | null;
  readonly member: EntityRef | null;
  /** What the reason means here, with the facts' own values. */
  readonly words: string;
  /** Null where no policy text decided: a built-in reason, or one of another source of bylaws. */
  readonly read: ReadPolicy | null;
}

/** One fact that would have been different. */
export interface Change {
  /** Path into Facts. */
  readonly fact: string;
  readonly from: Json;
  readonly to: Json;
  readonly words: string;
}

/** Changes of facts under which the same policies give `outcome`: decided again, not guessed. */
export interface Flip {
  readonly outcome: Outcome;
  readonly changes: readonly Change[];
}

/** What the search for the smallest change came to. */
export interface FlipSearch {
  /** Proposals of the smallest size found; empty when none was found. */
  readonly flips: readonly Flip[];
  /** Facts that were changed together at most. */
  readonly changes: number;
  /** Decisions that were made to find out. */
  readonly trials: number;
  /** False when a limit ended the search before everything on the list had been tried. */
  readonly complete: boolean;
}

/** A decision in plain words: a pure function of bundle and Facts. */
export interface Explanation {
  readonly version: 1;
  readonly outcome: Outcome;
  readonly bundle: string;
  /** One sentence: what was decided and by what. */
  readonly headline: string;
  /** The reasons of the deciding outcome. */
  readonly deciding: readonly ExplainedReason[];
  /** Other satisfied policies: weaker than what decided. */
  readonly weaker: readonly ExplainedReason[];
  /** Satisfied policies in observe or warn mode. */
  readonly wouldHave: readonly ExplainedReason[];
  /** Policies of the same action of which exactly one clause is not met. */
  readonly nearMisses: readonly ReadPolicy[];
  /** Where nothing permits: the permits with the fewest clauses that are not met. */
  readonly closest: readonly ReadPolicy[];
  readonly flip: FlipSearch;
}
