import { Unclear } from "../reading.ts";
import { isSymbol, type Token } from "./tokens.ts";

/** A place in the tokens of one statement. What is expected and not there ends the reading. */
export class Cursor {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  get at(): number {
    return this.#at;
  }

  atEnd(): boolean {
    return this.#at === this.#tokens.length;
  }

  peek(ahead = 0): Token | undefined {
    return this.#tokens[this.#at + ahead];
  }

  /** The word that stands here, null if something else does. */
  word(): string | null {
    const token = this.peek();
    return token?.kind === "word" ? token.text : null;
  }

  rest(): readonly Token[] {
    return this.#tokens.slice(this.#at);
  }

  since(start: number): readonly Token[] {
    return this.#tokens.slice(start, this.#at);
  }

  skip(count: number): void {
    this.#at += count;
  }

  backTo(start: number): void {
    this.#at = start;
  }

  takeWord(...words: readonly string[]): boolean {
    const word = this.word();
    if (word === null || !words.includes(word)) return false;
    this.#at += 1;
    return true;
  }

  expectWord(word: string): void {
    if (!this.takeWord(word)) throw new Unclear();
  }

  takeSymbol(text: string): boolean {
    if (!isSymbol(this.peek(), text)) return false;
    this.#at += 1;
    return true;
  }

  expectSymbol(text: string): void {
    if (!this.takeSymbol(text)) throw new Unclear();
  }
}
