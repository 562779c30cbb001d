import { fail, ok, type Result } from "@bylaw/core";

/** Values inside one another. */
export const DEPTH_MAX = 100;

/** Why a text is not what it should be. Line and column count from 1. */
export interface SyntaxProblem {
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

/** Control flow inside a reader only: what stands at an offset is not as it should be. */
export class Unreadable extends Error {
  readonly at: number;
  constructor(at: number, message: string) {
    super(message);
    this.at = at;
  }
}

/** What a reader makes of a text of at most `unitsMax` characters; it refuses by throwing `Unreadable`. */
export function reading<T>(
  text: string,
  unitsMax: number,
  read: (text: string) => T,
): Result<T, SyntaxProblem> {
  try {
    if (text.length > unitsMax) throw new Unreadable(0, "the file is too large");
    return ok(read(text));
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    const before = text.slice(0, error.at).split("\n");
    const column = (before.at(-1)?.length ?? 0) + 1;
    return fail({ line: before.length, column, message: error.message });
  }
}

/** In: a sticky pattern. Out: what it matches there. */
export function match(pattern: RegExp, text: string, at: number): string | null {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? null;
}

/** Where what a sticky pattern matches ends; where it begins if that is nothing. */
export function after(pattern: RegExp, text: string, at: number): number {
  return at + (match(pattern, text, at) ?? "").length;
}
