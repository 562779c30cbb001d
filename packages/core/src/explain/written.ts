import type { ActionHierarchy } from "../cedar/actions.ts";
import { EMPTY_STORE } from "../cedar/entities.ts";
import type { Json } from "../json/json.ts";

export type ClausePart = "principal" | "action" | "resource" | "when" | "unless";

/** One condition of a policy, as it stands in its file. */
export interface WrittenClause {
  readonly part: ClausePart;
  /** As written, on one line and without comments. */
  readonly text: string;
  /** From 1; columns count UTF-16 code units. */
  readonly line: number;
  readonly column: number;
  /** In Cedar's JSON form. A clause of `unless` is met when this is false, every other when it is true. */
  readonly expression: Json;
  /** How `parts` combine; null for a clause that has none. */
  readonly join: "and" | "or" | null;
  readonly parts: readonly WrittenClause[];
}

/** A policy as the conditions that all have to be met: scope first, then `when` and `unless`. */
export interface WrittenPolicy {
  readonly file: string;
  readonly line: number;
  readonly clauses: readonly WrittenClause[];
}

/** What the policies of a bundle say, for whoever explains a decision; deciding does not need it. */
export interface WrittenPolicies {
  readonly actions: ActionHierarchy;
  /** Null for an id that no policy text has. */
  readonly policy: (id: string) => WrittenPolicy | null;
}

/** For a bundle without policy text: explanations of it name policies and show no clauses. */
export const NOTHING_WRITTEN: WrittenPolicies = {
  actions: { actions: [], store: EMPTY_STORE },
  policy: () => null,
};
