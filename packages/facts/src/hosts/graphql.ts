import { GRAPHQL_DEPTH_MAX, GRAPHQL_TOKENS_MAX, GRAPHQL_UNITS_MAX } from "../limits.ts";

/** One operation of a document. */
export interface GraphqlOperation {
  readonly kind: "query" | "mutation" | "subscription";
  /** Names of the fields that it asks the root for, aliases taken away, without repeats. */
  readonly fields: readonly string[];
}

/** Control flow inside the reader only. */
class Unreadable extends Error {}

/**
 * Reads an executable GraphQL document: what each operation does, all of them, since another part of
 * the request may say which one runs. Null: a type definition, anything that the grammar of
 * https://spec.graphql.org/October2021 does not have, or more than the limits allow. Never throws.
 */
export function readGraphql(text: string): readonly GraphqlOperation[] | null {
  if (text.length > GRAPHQL_UNITS_MAX) return null;
  try {
    const tokens = tokensOf(text);
    const operations = new Reader(tokens).document();
    return operations.length === 0 ? null : operations;
  } catch (error) {
    if (error instanceof Unreadable) return null;
    throw error;
  }
}

const TOKEN =
  /[\s,\ufeff]+|#[^\n\r]*|(\.\.\.|[!$&()/:=@[\]{|}])|([A-Za-z_]\w*)|(-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.]))|("""(?:[^"\\]|\\"""|\\|"(?!""))*"""|"(?!"")(?:[^"\\\n\r]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}|u\{[0-9a-fA-F]{1,6}\}))*"|"")/y;

/** Punctuators and names as they are; `0` for a number and `"` for a text. */
function tokensOf(text: string): readonly string[] {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const found = TOKEN.exec(text);
    if (found === null || tokens.length > GRAPHQL_TOKENS_MAX) throw new Unreadable();
    const [, mark, name, number, quoted] = found;
    if (mark !== undefined) tokens.push(mark);
    else if (name !== undefined) tokens.push(name);
    else if (number !== undefined) tokens.push("0");
    else if (quoted !== undefined) tokens.push('"');
  }
  return tokens;
}

/** What a selection asks its root for: fields, and fragments whose fields count as its own. */
interface Selection {
  readonly fields: string[];
  readonly spreads: string[];
}

const KINDS = ["query", "mutation", "subscription"] as const;

class Reader {
  readonly #tokens: readonly string[];
  #at = 0;
  #depth = 0;
  readonly #fragments = new Map<string, Selection>();

  constructor(tokens: readonly string[]) {
    this.#tokens = tokens;
  }

  document(): readonly GraphqlOperation[] {
    const found: { readonly kind: GraphqlOperation["kind"]; readonly asks: Selection }[] = [];
    while (this.#at < this.#tokens.length) {
      const word = this.#peek();
      const kind = KINDS.find((known) => known === word);
      if (word === "{") found.push({ kind: "query", asks: this.#selection() });
      else if (kind !== undefined) found.push({ kind, asks: this.#operation() });
      else if (word === "fragment") this.#fragment();
      else throw new Unreadable();
    }
    return found.map(({ kind, asks }) => ({ kind, fields: [...this.#resolve(asks)] }));
  }

  #operation(): Selection {
    this.#at += 1;
    if (isName(this.#peek())) this.#at += 1;
    if (this.#peek() === "(") this.#skipBalanced();
    this.#directives();
    return this.#selection();
  }

  #fragment(): void {
    this.#at += 1;
    const name = this.#name();
    if (name === "on" || this.#name() !== "on" || this.#fragments.has(name)) throw new Unreadable();
    this.#name();
    this.#directives();
    this.#fragments.set(name, this.#selection());
  }

  #selection(): Selection {
    this.#depth += 1;
    if (this.#depth > GRAPHQL_DEPTH_MAX) throw new Unreadable();
    this.#take("{");
    const asks: Selection = { fields: [], spreads: [] };
    do this.#selected(asks);
    while (this.#peek() !== "}");
    this.#at += 1;
    this.#depth -= 1;
    return asks;
  }

  #selected(asks: Selection): void {
    if (this.#peek() === "...") return this.#spread(asks);
    let name = this.#name();
    if (this.#peek() === ":") {
      this.#at += 1;
      name = this.#name();
    }
    asks.fields.push(name);
    if (this.#peek() === "(") this.#skipBalanced();
    this.#directives();
    if (this.#peek() === "{") this.#selection();
  }

  #spread(asks: Selection): void {
    this.#at += 1;
    const word = this.#peek();
    if (isName(word) && word !== "on") {
      asks.spreads.push(this.#name());
      return this.#directives();
    }
    if (word === "on") {
      this.#at += 1;
      this.#name();
    }
    this.#directives();
    const inline = this.#selection();
    asks.fields.push(...inline.fields);
    asks.spreads.push(...inline.spreads);
  }

  #directives(): void {
    while (this.#peek() === "@") {
      this.#at += 1;
      this.#name();
      if (this.#peek() === "(") this.#skipBalanced();
    }
  }

  /** Arguments and variable definitions: values, whatever they are, in brackets that match. */
  #skipBalanced(): void {
    const open: string[] = [];
    do {
      const token = this.#next();
      const closes = CLOSES[token];
      if (closes !== undefined) open.push(closes);
      else if (token === ")" || token === "]" || token === "}") {
        if (open.pop() !== token) throw new Unreadable();
      } else if (token === "...") throw new Unreadable();
      if (open.length > GRAPHQL_DEPTH_MAX) throw new Unreadable();
    } while (open.length > 0);
  }

  #resolve(asks: Selection): ReadonlySet<string> {
    const fields = new Set<string>();
    const seen = new Set<string>();
    const left = [asks];
    for (let one = left.pop(); one !== undefined; one = left.pop()) {
      for (const field of one.fields) fields.add(field);
      for (const name of one.spreads) {
        const fragment = this.#fragments.get(name);
        if (fragment === undefined) throw new Unreadable();
        if (!seen.has(name)) left.push(fragment);
        seen.add(name);
      }
    }
    return fields;
  }

  #peek(): string | undefined {
    return this.#tokens[this.#at];
  }

  #next(): string {
    const token = this.#tokens[this.#at];
    if (token === undefined) throw new Unreadable();
    this.#at += 1;
    return token;
  }

  #take(wanted: string): void {
    if (this.#next() !== wanted) throw new Unreadable();
  }

  #name(): string {
    const token = this.#next();
    if (!isName(token)) throw new Unreadable();
    return token;
  }
}

const CLOSES: Readonly<Record<string, string>> = { "(": ")", "[": "]", "{": "}" };

function isName(token: string | undefined): token is string {
  return token !== undefined && /^[A-Za-z_]/.test(token);
}
