import { type Action, type Amount, exactly, UNKNOWN_AMOUNT } from "@bylaw/core";
import { SQL_STATEMENTS_MAX } from "../../limits.ts";
import { SQLITE_FUNCTIONS } from "../functions.ts";
import { type SqlEffect, type SqlReading, Unclear, type UniqueColumns } from "../reading.ts";
import { rowsMatched } from "./bounds.ts";
import { Cursor } from "./cursor.ts";
import { isSymbol, type Token, tokenize } from "./tokens.ts";

/**
 * Reads SQLite text: plain SELECT, INSERT, UPDATE, DELETE, tables created, altered and dropped, and
 * transactions. Everything else, and everything that is not exactly of a known shape, is unclear.
 */
export function readSqlite(text: string, unique: UniqueColumns): SqlReading {
  const tokens = tokenize(text);
  if (tokens === null) return null;
  const statements = split(tokens);
  if (statements.length === 0 || statements.length > SQL_STATEMENTS_MAX) return null;
  try {
    return statements.flatMap((statement) => new Statement(statement, unique).read());
  } catch (error) {
    if (error instanceof Unclear) return null;
    throw error;
  }
}

function split(tokens: readonly Token[]): readonly (readonly Token[])[] {
  const statements: Token[][] = [[]];
  for (const token of tokens) {
    if (token.kind === "symbol" && token.text === ";") statements.push([]);
    else statements.at(-1)?.push(token);
  }
  return statements.filter((statement) => statement.length > 0);
}

/** Words that end an expression or a table list at the same level of brackets. */
const CLAUSES: ReadonlySet<string> = new Set(
  "from where group having window order limit union intersect except returning on set values join left right full inner outer cross natural using".split(
    " ",
  ),
);

/** Words that may stand before a bracket without being a function. */
const BEFORE_BRACKET: ReadonlySet<string> = new Set(
  "and or not in exists when then else case between like glob is as select distinct all by having where on values over filter limit offset escape collate from join cast".split(
    " ",
  ),
);

/** Words that make an expression something this reader does not follow. */
const UNFOLLOWED: ReadonlySet<string> = new Set(
  "with pragma attach detach raise match regexp window indexed select insert update delete create drop alter".split(
    " ",
  ),
);

class Statement {
  readonly #in: Cursor;
  readonly #unique: UniqueColumns;
  readonly #effects: SqlEffect[] = [];

  constructor(tokens: readonly Token[], unique: UniqueColumns) {
    this.#in = new Cursor(tokens);
    this.#unique = unique;
  }

  read(): readonly SqlEffect[] {
    if (this.#in.takeWord("explain")) return this.#explained();
    switch (this.#in.word()) {
      case "select":
        this.#select();
        break;
      case "insert":
      case "replace":
        this.#insert();
        break;
      case "update":
        this.#update();
        break;
      case "delete":
        this.#delete();
        break;
      case "create":
        this.#create();
        break;
      case "drop":
        this.#drop();
        break;
      case "alter":
        this.#alter();
        break;
      case "begin":
      case "commit":
      case "end":
      case "rollback":
      case "savepoint":
      case "release":
        this.#transaction();
        break;
      default:
        throw new Unclear();
    }
    if (!this.#in.atEnd()) throw new Unclear();
    if (this.#effects.length === 0) this.#add("read", null, exactly(1));
    return this.#effects;
  }

  /** EXPLAIN prints a plan and executes nothing. */
  #explained(): readonly SqlEffect[] {
    if (this.#in.takeWord("query")) this.#in.expectWord("plan");
    if (this.#in.word() === "explain") throw new Unclear();
    const planned = new Statement(this.#in.rest(), this.#unique).read();
    return planned.map(({ table }) => effectOf("read", table, UNKNOWN_AMOUNT));
  }

  #select(): void {
    let bounded = this.#core();
    while (this.#in.takeWord("union", "intersect", "except")) {
      this.#in.takeWord("all");
      this.#core();
      bounded = null;
    }
    // Clauses of the whole compound: ordering and limits.
    if (this.#in.takeWord("order")) {
      this.#in.expectWord("by");
      this.#expression();
    }
    if (!this.#in.takeWord("limit")) return;
    const [count, next] = this.#expression();
    const limits = next === undefined || (next.kind === "word" && next.text === "offset");
    if (bounded === null || !limits || count?.kind !== "number") return;
    if (/^\d{1,15}$/.test(count.text)) this.#lower(bounded, Number(count.text));
  }

  /**
   * One SELECT up to HAVING. Out: the effect that a LIMIT bounds, which needs a single table and
   * nothing but columns, `*` and literals selected, so that no more rows are read than come out.
   */
  #core(): number | null {
    this.#in.expectWord("select");
    const distinct = this.#in.takeWord("distinct");
    this.#in.takeWord("all");
    const columns = this.#expression();
    if (!this.#in.takeWord("from")) {
      if (this.#in.takeWord("where")) this.#expression();
      return null;
    }
    const table = this.#plainTable();
    if (table === null) this.#tables();
    else this.#add("read", table.name, UNKNOWN_AMOUNT);
    const effect = this.#effects.length - 1;
    const where = this.#in.takeWord("where") ? this.#expression() : [];
    const rows = table && rowsMatched(where, this.#unique(table.name), table.alias);
    if (rows !== null) this.#lower(effect, rows);
    const grouped = this.#in.takeWord("group");
    if (grouped) {
      this.#in.expectWord("by");
      this.#expression();
    }
    const having = this.#in.takeWord("having");
    if (having) this.#expression();
    const aggregates = grouped || having || columns.some((token) => isSymbol(token, "("));
    const plain = !distinct && !aggregates;
    return table !== null && plain ? effect : null;
  }

  /** Sets a lower bound on what the effect acts on. */
  #lower(index: number, rows: number): void {
    const effect = this.#effects[index];
    if (effect === undefined) throw new Unclear();
    const atMost = Math.min(effect.quantity.atMost, rows);
    this.#effects[index] = { ...effect, quantity: exactly(atMost) };
  }

  /** One table, perhaps with an alias, and nothing joined to it; null and unmoved otherwise. */
  #plainTable(): { readonly name: string; readonly alias: string } | null {
    const start = this.#in.at;
    if (this.#in.peek()?.kind === "word" && !CLAUSES.has(this.#in.word() ?? "")) {
      const name = this.#name();
      const alias = this.#alias() ?? (name.split(".").at(-1) as string);
      const next = this.#in.peek();
      const ends =
        next === undefined ||
        isSymbol(next, ")") ||
        (next.kind === "word" &&
          /^(?:where|group|having|order|limit|union|intersect|except)$/.test(next.text));
      if (ends) return { name, alias };
    }
    this.#in.backTo(start);
    return null;
  }

  /** A list of tables and joins; every table is read without a bound. */
  #tables(): void {
    do {
      this.#tableOrSelect();
      for (;;) {
        const natural = this.#in.takeWord("natural");
        const side = this.#in.takeWord("left", "right", "full", "inner", "cross");
        if (side) this.#in.takeWord("outer");
        if (!this.#in.takeWord("join")) {
          if (natural || side) throw new Unclear();
          break;
        }
        this.#tableOrSelect();
        if (this.#in.takeWord("on")) this.#expression();
        else if (this.#in.takeWord("using")) this.#brackets();
      }
    } while (this.#in.takeSymbol(","));
  }

  #tableOrSelect(): void {
    if (this.#in.takeSymbol("(")) {
      if (this.#in.word() !== "select") throw new Unclear();
      this.#nested();
      this.#alias();
      return;
    }
    this.#add("read", this.#name(), UNKNOWN_AMOUNT);
    this.#alias();
  }

  #alias(): string | null {
    if (this.#in.takeWord("as")) return this.#plainWord();
    const next = this.#in.peek();
    if (next?.kind !== "word" || CLAUSES.has(next.text)) return null;
    return this.#plainWord();
  }

  #insert(): void {
    let replaces = this.#in.takeWord("replace");
    if (!replaces) {
      this.#in.expectWord("insert");
      if (this.#in.takeWord("or")) {
        replaces = this.#in.takeWord("replace");
        if (!replaces && !this.#in.takeWord("ignore", "abort", "fail", "rollback"))
          throw new Unclear();
      }
    }
    this.#in.expectWord("into");
    const table = this.#name();
    if (isSymbol(this.#in.peek(), "(")) this.#brackets();
    const rows = this.#insertedRows();
    this.#add("create", table, rows);
    // Each new row may push out one old row per unique column.
    if (replaces) this.#add("delete", table, UNKNOWN_AMOUNT);
    while (this.#in.takeWord("on")) this.#conflict(table, rows);
    this.#returning(table, rows);
  }

  #insertedRows(): Amount {
    if (this.#in.takeWord("default")) {
      this.#in.expectWord("values");
      return exactly(1);
    }
    if (this.#in.word() === "select") {
      this.#select();
      return UNKNOWN_AMOUNT;
    }
    this.#in.expectWord("values");
    let rows = 0;
    do {
      this.#in.expectSymbol("(");
      this.#expression();
      this.#in.expectSymbol(")");
      rows += 1;
    } while (this.#in.takeSymbol(","));
    return exactly(rows);
  }

  #conflict(table: string, rows: Amount): void {
    this.#in.expectWord("conflict");
    if (isSymbol(this.#in.peek(), "(")) this.#brackets();
    if (this.#in.takeWord("where")) throw new Unclear();
    this.#in.expectWord("do");
    if (this.#in.takeWord("nothing")) return;
    this.#in.expectWord("update");
    this.#add("update", table, rows);
    this.#assignments();
    if (this.#in.takeWord("where")) this.#expression();
  }

  #update(): void {
    this.#in.expectWord("update");
    // `OR REPLACE` deletes the rows in its way; the others change no other row.
    if (this.#in.takeWord("or") && !this.#in.takeWord("ignore", "abort", "fail", "rollback"))
      throw new Unclear();
    const table = this.#name();
    const alias = this.#in.takeWord("as") ? this.#plainWord() : null;
    this.#assignments();
    const joined = this.#in.takeWord("from");
    if (joined) this.#tables();
    this.#changed("update", table, alias, joined);
  }

  #delete(): void {
    this.#in.expectWord("delete");
    this.#in.expectWord("from");
    const table = this.#name();
    const alias = this.#in.takeWord("as") ? this.#plainWord() : null;
    this.#changed("delete", table, alias, false);
  }

  #changed(
    action: "update" | "delete",
    table: string,
    alias: string | null,
    joined: boolean,
  ): void {
    const where = this.#in.takeWord("where") ? this.#expression() : [];
    const name = alias ?? (table.split(".").at(-1) as string);
    const rows = joined ? null : rowsMatched(where, this.#unique(table), name);
    const quantity = rows === null ? UNKNOWN_AMOUNT : exactly(rows);
    this.#add(action, table, quantity);
    this.#returning(table, quantity);
  }

  #returning(table: string, quantity: Amount): void {
    if (!this.#in.takeWord("returning")) return;
    this.#add("read", table, quantity);
    this.#expression();
  }

  #assignments(): void {
    this.#in.expectWord("set");
    this.#expression();
  }

  #create(): void {
    this.#in.expectWord("create");
    const temporary = this.#in.takeWord("temp", "temporary");
    if (this.#in.takeWord("unique") || this.#in.word() === "index") {
      this.#index();
      return;
    }
    this.#in.expectWord("table");
    if (this.#in.takeWord("if")) {
      this.#in.expectWord("not");
      this.#in.expectWord("exists");
    }
    const table = this.#name();
    this.#add("create", temporary ? `temp.${table}` : table, UNKNOWN_AMOUNT);
    this.#add("update", null, UNKNOWN_AMOUNT);
    if (this.#in.takeWord("as")) {
      this.#select();
      return;
    }
    this.#brackets();
    while (this.#in.takeWord("strict", "without", "rowid")) this.#in.takeSymbol(",");
  }

  #index(): void {
    this.#in.expectWord("index");
    if (this.#in.takeWord("if")) {
      this.#in.expectWord("not");
      this.#in.expectWord("exists");
    }
    this.#name();
    this.#in.expectWord("on");
    this.#name();
    this.#brackets();
    if (this.#in.takeWord("where")) this.#expression();
    this.#add("update", null, UNKNOWN_AMOUNT);
  }

  #drop(): void {
    this.#in.expectWord("drop");
    const holdsRows = this.#in.takeWord("table");
    if (!holdsRows && !this.#in.takeWord("view", "index")) throw new Unclear();
    if (this.#in.takeWord("if")) this.#in.expectWord("exists");
    const name = this.#name();
    if (holdsRows) this.#add("delete", name, UNKNOWN_AMOUNT);
    this.#add("update", null, UNKNOWN_AMOUNT);
  }

  #alter(): void {
    this.#in.expectWord("alter");
    this.#in.expectWord("table");
    const table = this.#name();
    this.#add("update", table, UNKNOWN_AMOUNT);
    this.#add("update", null, UNKNOWN_AMOUNT);
    if (this.#in.takeWord("drop")) this.#add("delete", table, UNKNOWN_AMOUNT);
    else if (!this.#in.takeWord("rename", "add")) throw new Unclear();
    this.#expression();
  }

  #transaction(): void {
    const [, ...rest] = this.#in.rest();
    const known = /^(?:deferred|immediate|exclusive|transaction|to|savepoint|[a-z_][a-z0-9_]*)$/;
    if (rest.length > 4 || !rest.every((token) => token.kind === "word" && known.test(token.text)))
      throw new Unclear();
    this.#in.skip(rest.length + 1);
    this.#add("connect", null, exactly(1));
  }

  /**
   * Takes the tokens of an expression, or of a list of them, up to a clause word at the same level of
   * brackets. Functions must be known ones, and selects inside brackets are read like any other.
   */
  #expression(): readonly Token[] {
    const start = this.#in.at;
    for (let token = this.#in.peek(); token !== undefined; token = this.#in.peek()) {
      if (isSymbol(token, ")")) break;
      if (token.kind === "word" && CLAUSES.has(token.text)) break;
      if (isSymbol(token, "(")) {
        this.#in.expectSymbol("(");
        this.#nested();
        continue;
      }
      this.#checkWord(token);
      this.#in.skip(1);
    }
    const taken = this.#in.since(start);
    if (taken.length === 0) throw new Unclear();
    return taken;
  }

  /** After an opening bracket: a select, or an expression; takes the closing bracket. */
  #nested(): void {
    if (this.#in.word() === "select") this.#select();
    else if (!isSymbol(this.#in.peek(), ")")) this.#inner();
    this.#in.expectSymbol(")");
  }

  /** Inside the brackets of a function or a group, ordering may occur. */
  #inner(): void {
    if (this.#in.word() !== "order") this.#expression();
    if (this.#in.takeWord("order")) {
      this.#in.expectWord("by");
      this.#expression();
    }
  }

  #checkWord(token: Token): void {
    if (token.kind !== "word") return;
    if (UNFOLLOWED.has(token.text)) throw new Unclear();
    const next = this.#in.peek(1);
    // `x IN t` reads the table t.
    if (token.text === "in" && !isSymbol(next, "(")) throw new Unclear();
    if (!isSymbol(next, "(") || BEFORE_BRACKET.has(token.text)) return;
    const previous = this.#in.peek(-1);
    if (isSymbol(previous, ".") || !SQLITE_FUNCTIONS.has(token.text)) throw new Unclear();
  }

  /** A bracketed list without anything that could be executed: column names, types, constraints. */
  #brackets(): void {
    this.#in.expectSymbol("(");
    let depth = 1;
    while (depth > 0) {
      const token = this.#in.peek();
      if (token === undefined) throw new Unclear();
      if (isSymbol(token, "(")) depth += 1;
      if (isSymbol(token, ")")) depth -= 1;
      // Constraints may say ON DELETE and ON UPDATE; a select or a pragma has no business here.
      if (token.kind === "word" && token.text === "select") throw new Unclear();
      this.#in.skip(1);
    }
  }

  /** `t`, `main.t` (the same) or `other.t`. */
  #name(): string {
    const first = this.#plainWord();
    if (!this.#in.takeSymbol(".")) return first;
    const second = this.#plainWord();
    return first === "main" ? second : `${first}.${second}`;
  }

  #plainWord(): string {
    const token = this.#in.peek();
    if (token?.kind !== "word" || CLAUSES.has(token.text) || UNFOLLOWED.has(token.text))
      throw new Unclear();
    this.#in.skip(1);
    return token.text;
  }

  #add(action: Action, table: string | null, quantity: Amount): void {
    this.#effects.push(effectOf(action, table, quantity));
  }
}

function effectOf(action: Action, table: string | null, quantity: Amount): SqlEffect {
  return { action, table, quantity, audience: "unknown" };
}
