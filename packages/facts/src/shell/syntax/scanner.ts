import { SHELL_DEPTH_MAX, SHELL_NODES_MAX } from "../../limits.ts";

/** Control flow inside the parser only: the text is no shell text, or more than the limits allow. */
export class Unparsed extends Error {}

/** What all parsers of one text share, those of nested texts included. */
export interface Budget {
  nodes: number;
}

/** A position in a text, and the bounds of the work. */
export class Scanner {
  readonly text: string;
  readonly budget: Budget;
  at = 0;
  #depth: number;

  constructor(text: string, budget: Budget, depth: number) {
    this.text = text;
    this.budget = budget;
    this.#depth = depth;
  }

  get depth(): number {
    return this.#depth;
  }

  get done(): boolean {
    return this.at >= this.text.length;
  }

  /** The character at the position; empty at the end. */
  get next(): string {
    return this.text[this.at] ?? "";
  }

  peek(offset: number): string {
    return this.text[this.at + offset] ?? "";
  }

  sees(token: string): boolean {
    return this.text.startsWith(token, this.at);
  }

  take(token: string): boolean {
    if (!this.sees(token)) return false;
    this.at += token.length;
    return true;
  }

  expect(token: string): void {
    if (!this.take(token)) throw new Unparsed(`expected ${token}`);
  }

  match(pattern: RegExp): string | null {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0] ?? null;
    if (found !== null) this.at += found.length;
    return found;
  }

  /** Counts one node of the tree. */
  node(): void {
    this.budget.nodes += 1;
    if (this.budget.nodes > SHELL_NODES_MAX) throw new Unparsed("too many nodes");
  }

  /** Returns to a position; what was read in vain is paid for, or texts could be read over and over. */
  back(to: number): void {
    this.budget.nodes += this.at - to;
    this.at = to;
  }

  /** Runs `read` one level deeper. */
  nested<Value>(read: () => Value): Value {
    if (this.#depth >= SHELL_DEPTH_MAX) throw new Unparsed("nested too deep");
    this.#depth += 1;
    try {
      return read();
    } finally {
      this.#depth -= 1;
    }
  }
}
