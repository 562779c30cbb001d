/** The tree of a POSIX shell or bash text, as far as its effects depend on it. */

export interface Script {
  readonly commands: readonly Command[];
}

/** One piece of a word. What is quoted is neither split into fields nor matched against file names. */
export type Part =
  | { readonly kind: "text"; readonly text: string; readonly quoted: boolean }
  | {
      readonly kind: "variable";
      readonly name: string;
      readonly quoted: boolean;
      /** Written without braces, so that the name goes on with what braces behind it become. */
      readonly bare: boolean;
      /** `:-`, `%` and so on, `#` before the name for its length, `!` for an indirect name. */
      readonly operator: string | null;
      readonly argument: Word | null;
    }
  | { readonly kind: "command"; readonly script: Script; readonly quoted: boolean }
  /** `<(…)` and `>(…)`. */
  | { readonly kind: "process"; readonly script: Script; readonly input: boolean }
  | { readonly kind: "arithmetic"; readonly content: Word; readonly quoted: boolean };

export type Word = readonly Part[];

export interface Assignment {
  readonly name: string;
  readonly append: boolean;
  /** One word, or the elements of an array. */
  readonly value: Word | readonly Word[];
  readonly array: boolean;
}

export type RedirectKind = "read" | "write" | "both" | "duplicate" | "text";

export interface Redirect {
  readonly kind: RedirectKind;
  /** Descriptor in front of the operator; null: the operator's own. */
  readonly descriptor: number | null;
  /** File, descriptor, or the text of a here-document or here-string. */
  readonly target: Word;
}

interface Placed {
  /** Line of the text, from 1. */
  readonly line: number;
}

export interface Simple extends Placed {
  readonly kind: "simple";
  readonly assignments: readonly Assignment[];
  readonly words: readonly Word[];
  readonly redirects: readonly Redirect[];
}

export type Command =
  | Simple
  | (Placed & { readonly kind: "pipeline"; readonly commands: readonly Command[] })
  /** Commands joined by `&&` and `||`: each after the first may not run. */
  | (Placed & { readonly kind: "chain"; readonly commands: readonly Command[] })
  | (Placed & {
      readonly kind: "group";
      readonly body: Script;
      readonly subshell: boolean;
      readonly redirects: readonly Redirect[];
    })
  /** `if` and `case`: words that are expanded, conditions that run in turn, bodies of which one may run. */
  | (Placed & {
      readonly kind: "branch";
      readonly words: readonly Word[];
      readonly conditions: readonly Script[];
      readonly bodies: readonly Script[];
      readonly redirects: readonly Redirect[];
    })
  | (Placed & {
      readonly kind: "loop";
      /** Variable of a `for`, with its words; null words: the positional parameters. */
      readonly variable: string | null;
      readonly words: readonly Word[] | null;
      readonly condition: Script | null;
      readonly body: Script;
      readonly redirects: readonly Redirect[];
    })
  | (Placed & { readonly kind: "function"; readonly name: string; readonly body: Command })
  /** `[[ … ]]` and `(( … ))`: no program runs, but what the words contain does. */
  | (Placed & {
      readonly kind: "test";
      readonly words: readonly Word[];
      readonly redirects: readonly Redirect[];
    });

/** A text as read: what could be read, and whether that is all of it. */
export interface Reading {
  readonly script: Script;
  readonly complete: boolean;
}
