/** Where a rule of a contract stands. */
export interface Place {
  readonly file: string;
  /** From 1. */
  readonly line: number;
}

/** What a contract says in a form that can be enforced. It only ever forbids. */
export type Rule = Place &
  (
    | { readonly kind: "editable"; readonly path: string }
    | { readonly kind: "locked"; readonly path: string }
    /** Another program writes it; an agent that does so itself is asked about. */
    | { readonly kind: "written"; readonly path: string }
    | { readonly kind: "score"; readonly path: string }
    | { readonly kind: "offline" }
    | { readonly kind: "no-install" }
    | { readonly kind: "branch"; readonly name: string }
    | { readonly kind: "iterations"; readonly most: number }
    | { readonly kind: "supervised" }
  );

/** A text that says something and is enforced by nobody. */
export interface Unenforced extends Place {
  readonly text: string;
  readonly because: string;
}

export interface Contract {
  readonly rules: readonly Rule[];
  readonly unenforced: readonly Unenforced[];
}

export type ContractCode =
  /** Several boxes are ticked, or none, where exactly one says what holds. */
  | "contract.choice"
  /** A path leads out of the folder, or has characters that cannot be seen. */
  | "contract.path"
  /** The same path may be changed and may not. */
  | "contract.contradiction"
  | "contract.too_large";

export interface ContractProblem extends Place {
  readonly code: ContractCode;
  readonly message: string;
}

/** Bytes of a contract file; more is no contract. */
export const CONTRACT_MAX_BYTES = 262_144;
/** Characters of a line that is shown. */
export const SHOWN_CHARS = 120;
