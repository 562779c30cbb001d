import {
  type Action,
  type Amount,
  type Audience,
  exactly,
  isObject,
  type Json,
  type JsonObject,
  member,
  UNKNOWN_AMOUNT,
} from "@bylaw/core";
import { loadModule, parseSync } from "libpg-query";
import { SQL_STATEMENTS_MAX, SQL_TREE_DEPTH_MAX } from "../limits.ts";
import { chainsTooLong } from "./chains.ts";
import { POSTGRESQL_FUNCTIONS } from "./functions.ts";
import { isConstant, rowsMatched } from "./postgresql-bounds.ts";
import { DEFINITIONS, type Scope } from "./postgresql-definitions.ts";
import {
  integerConstant,
  list,
  nameOf,
  object,
  stringNode,
  text,
  without,
} from "./postgresql-tree.ts";
import { type SqlEffect, type SqlReading, Unclear, type UniqueColumns } from "./reading.ts";

let loaded = false;

/** Loads PostgreSQL's own parser; before that every PostgreSQL text is unknown. */
export async function loadPostgresql(): Promise<void> {
  await loadModule();
  loaded = true;
}

/**
 * Reads PostgreSQL text with PostgreSQL's parser and walks the whole tree: what happens in a CTE, a
 * subquery or behind EXPLAIN happens. Statements, functions and operators that are not known to be
 * tame end the reading.
 */
export function readPostgresql(text: string, unique: UniqueColumns): SqlReading {
  if (!loaded || chainsTooLong(text)) return null;
  try {
    const tree = parseSync(text) as unknown as JsonObject;
    const statements = list(tree["stmts"]);
    if (statements.length === 0 || statements.length > SQL_STATEMENTS_MAX) return null;
    const walker = new Walker(unique);
    for (const statement of statements) walker.topLevel(object(object(statement)["stmt"]));
    return walker.effects;
  } catch {
    // A syntax error, an unclear part, or a parser that ran out of stack: nothing is known.
    return null;
  }
}

type Handler = (walker: Walker, body: JsonObject, scope: Scope, depth: number) => void;

const NOTHING: Scope = new Set();

/** Statements that are understood. A statement of any other kind ends the reading. */
const STATEMENTS: Readonly<Record<string, Handler>> = {
  SelectStmt: select,
  InsertStmt: insert,
  UpdateStmt: (walker, body, scope, depth) => change("update", walker, body, scope, depth),
  DeleteStmt: (walker, body, scope, depth) => change("delete", walker, body, scope, depth),
  MergeStmt: merge,
  ExplainStmt: explain,
  CopyStmt: copy,
  TruncateStmt: truncate,
  ...DEFINITIONS,
  GrantStmt: grant,
  GrantRoleStmt: authority,
  CreateRoleStmt: authority,
  AlterRoleStmt: authority,
  AlterRoleSetStmt: authority,
  DropRoleStmt: authority,
  CreatedbStmt: (walker) => walker.add("create", null),
  DropdbStmt: (walker) => walker.add("delete", null),
  VacuumStmt: (walker) => walker.add("update", null),
  VariableShowStmt: (walker) => walker.add("read", null, exactly(1)),
  TransactionStmt: transaction,
};

class Walker {
  readonly #unique: UniqueColumns;
  #effects: SqlEffect[] = [];

  constructor(unique: UniqueColumns) {
    this.#unique = unique;
  }

  get effects(): readonly SqlEffect[] {
    return this.#effects;
  }

  unique(table: string): ReadonlySet<string> {
    return this.#unique(table);
  }

  add(
    action: Action,
    table: string | null,
    quantity: Amount = UNKNOWN_AMOUNT,
    audience: Audience = "unknown",
  ): void {
    this.#effects.push({ action, table, quantity, audience });
  }

  topLevel(statement: JsonObject): void {
    const before = this.#effects.length;
    this.walk(statement, NOTHING, 0);
    // `SELECT 1` touches no table and still asks the database something.
    if (this.#effects.length === before) this.add("read", null, exactly(1));
  }

  /** Runs `step` and turns whatever it found into reads: the statement is planned, not executed. */
  plannedOnly(step: () => void): void {
    const before = this.#effects;
    this.#effects = [];
    step();
    const planned = this.#effects;
    this.#effects = before;
    for (const { table } of planned) this.add("read", table);
  }

  walk(value: Json | undefined, scope: Scope, depth: number): void {
    if (depth > SQL_TREE_DEPTH_MAX) throw new Unclear();
    if (Array.isArray(value)) {
      for (const item of value as readonly Json[]) this.walk(item, scope, depth + 1);
    } else if (isObject(value)) {
      if (typeof value["relname"] === "string") this.#reads(value, scope);
      const inner = this.#withClause(value, scope, depth);
      for (const [key, child] of Object.entries(value))
        if (key !== "withClause") this.#node(key, child, inner, depth + 1);
    }
  }

  #node(key: string, value: Json, scope: Scope, depth: number): void {
    if (key.endsWith("Stmt") && isObject(value)) {
      const handler = Object.hasOwn(STATEMENTS, key) ? STATEMENTS[key] : undefined;
      // `selectStmt` and its like are fields; a node's type is capitalized.
      if (handler !== undefined) {
        const inner = this.#withClause(value, scope, depth);
        handler(this, without(value, "withClause"), inner, depth);
        return;
      }
      if (/^[A-Z]/.test(key)) throw new Unclear();
    }
    if (key === "FuncCall" && isObject(value)) checkFunction(value);
    if (key === "A_Expr" && isObject(value) && list(value["name"]).length > 1) throw new Unclear();
    if (key === "intoClause" && isObject(value)) {
      this.add("create", nameOf(object(value["rel"])));
      return;
    }
    this.walk(value, scope, depth);
  }

  /** Walks the CTEs and answers the scope in which their names hide tables. */
  #withClause(holder: JsonObject, scope: Scope, depth: number): Scope {
    const clause = member(holder, "withClause");
    if (!isObject(clause)) return scope;
    const tables = list(clause["ctes"]).map((cte) => object(object(cte)["CommonTableExpr"]));
    const names = tables.map((cte) => text(cte["ctename"]));
    const visible = new Set([...scope, ...(clause["recursive"] === true ? names : [])]);
    tables.forEach((cte, at) => {
      // Without RECURSIVE a CTE does not see its own name: that name is still the real table.
      this.walk(cte, new Set(visible), depth + 1);
      visible.add(names[at] ?? "");
    });
    return visible;
  }

  #reads(relation: JsonObject, scope: Scope): void {
    const isCte = relation["schemaname"] === undefined && scope.has(text(relation["relname"]));
    if (!isCte) this.add("read", nameOf(relation));
  }
}

/** A plain select returns rows of one table, so LIMIT and unique keys bound what is read. */
function select(walker: Walker, body: JsonObject, scope: Scope, depth: number): void {
  const table = onlyTable(body, scope);
  if (table === null) {
    walker.walk(body, scope, depth);
    return;
  }
  const limit = integerConstant(body["limitCount"]);
  const rows = [limit, matched(walker, table, body["whereClause"])].filter((n) => n !== null);
  walker.add(
    "read",
    nameOf(table),
    rows.length === 0 ? UNKNOWN_AMOUNT : exactly(Math.min(...rows)),
  );
  walker.walk(without(body, "fromClause"), scope, depth);
}

function onlyTable(body: JsonObject, scope: Scope): JsonObject | null {
  const plain = [
    "groupClause",
    "havingClause",
    "windowClause",
    "distinctClause",
    "larg",
    "intoClause",
  ].every((key) => body[key] === undefined);
  const from = list(body["fromClause"]);
  const table = from.length === 1 ? object(from[0])["RangeVar"] : undefined;
  if (!plain || !isObject(table) || body["limitOption"] === "LIMIT_OPTION_WITH_TIES") return null;
  if (table["schemaname"] === undefined && scope.has(text(table["relname"]))) return null;
  const columns = list(body["targetList"]).every((target) => {
    const value = object(object(target)["ResTarget"])["val"];
    return isObject(value) && (value["ColumnRef"] !== undefined || isConstant(value));
  });
  return columns ? table : null;
}

function matched(walker: Walker, table: JsonObject, where: Json | undefined): number | null {
  const alias = isObject(table["alias"]) ? table["alias"]["aliasname"] : undefined;
  const name = typeof alias === "string" ? alias : text(table["relname"]);
  return rowsMatched(where, walker.unique(nameOf(table)), name);
}

function insert(walker: Walker, body: JsonObject, scope: Scope, depth: number): void {
  const table = nameOf(object(body["relation"]));
  const rows = insertedRows(body["selectStmt"]);
  walker.add("create", table, rows);
  const conflict = body["onConflictClause"];
  if (isObject(conflict) && conflict["action"] === "ONCONFLICT_UPDATE")
    walker.add("update", table, rows);
  if (body["returningClause"] !== undefined) walker.add("read", table, rows);
  walker.walk(without(body, "relation"), scope, depth);
}

function insertedRows(source: Json | undefined): Amount {
  if (source === undefined) return exactly(1); // DEFAULT VALUES
  const values = object(object(source)["SelectStmt"])["valuesLists"];
  return values === undefined ? UNKNOWN_AMOUNT : exactly(list(values).length);
}

function change(
  action: "update" | "delete",
  walker: Walker,
  body: JsonObject,
  scope: Scope,
  depth: number,
): void {
  const relation = object(body["relation"]);
  const joined = body["usingClause"] !== undefined || body["fromClause"] !== undefined;
  const rows = joined ? null : matched(walker, relation, body["whereClause"]);
  const quantity = rows === null ? UNKNOWN_AMOUNT : exactly(rows);
  walker.add(action, nameOf(relation), quantity);
  if (body["returningClause"] !== undefined) walker.add("read", nameOf(relation), quantity);
  walker.walk(without(body, "relation"), scope, depth);
}

function merge(walker: Walker, body: JsonObject, scope: Scope, depth: number): void {
  const table = nameOf(object(body["relation"]));
  for (const clause of list(body["mergeWhenClauses"])) {
    const command = object(object(clause)["MergeWhenClause"])["commandType"];
    if (command === "CMD_INSERT") walker.add("create", table);
    else if (command === "CMD_UPDATE") walker.add("update", table);
    else if (command === "CMD_DELETE") walker.add("delete", table);
    else if (command !== "CMD_NOTHING") throw new Unclear();
  }
  walker.add("read", table);
  walker.walk(without(body, "relation"), scope, depth);
}

/** Without ANALYZE the statement is only planned. */
function explain(walker: Walker, body: JsonObject, scope: Scope, depth: number): void {
  const executes = list(body["options"]).some(
    (option) => object(object(option)["DefElem"])["defname"] === "analyze",
  );
  const inner = (): void => walker.walk(body, scope, depth);
  if (executes) inner();
  else walker.plannedOnly(inner);
}

function copy(walker: Walker, body: JsonObject, scope: Scope, depth: number): void {
  // A program or a file on the database's own machine.
  if (body["is_program"] === true || body["filename"] !== undefined) throw new Unclear();
  if (body["relation"] !== undefined)
    walker.add(body["is_from"] === true ? "create" : "read", nameOf(object(body["relation"])));
  walker.walk(without(body, "relation"), scope, depth);
}

function truncate(walker: Walker, body: JsonObject): void {
  for (const relation of list(body["relations"]))
    walker.add("delete", nameOf(object(object(relation)["RangeVar"])));
  if (body["behavior"] === "DROP_CASCADE") walker.add("delete", null);
}

function grant(walker: Walker, body: JsonObject): void {
  const everyone = list(body["grantees"]).some(
    (grantee) => object(object(grantee)["RoleSpec"])["roletype"] === "ROLESPEC_PUBLIC",
  );
  const audience: Audience = body["is_grant"] !== true ? "none" : everyone ? "public" : "unknown";
  const tables =
    body["targtype"] === "ACL_TARGET_OBJECT" && body["objtype"] === "OBJECT_TABLE"
      ? list(body["objects"]).map((item) => nameOf(object(object(item)["RangeVar"])))
      : [];
  for (const table of tables) walker.add("grant", table, UNKNOWN_AMOUNT, audience);
  if (tables.length === 0) walker.add("grant", null, UNKNOWN_AMOUNT, audience);
}

function authority(walker: Walker): void {
  walker.add("grant", null);
}

/** Prepared transactions take effect in another session. */
function transaction(walker: Walker, body: JsonObject): void {
  if (/PREPARE/.test(text(body["kind"]))) throw new Unclear();
  walker.add("connect", null, exactly(1));
}

function checkFunction(call: JsonObject): void {
  const name = list(call["funcname"]).map(stringNode);
  const builtIn = name.length === 1 || (name.length === 2 && name[0] === "pg_catalog");
  if (!builtIn || !POSTGRESQL_FUNCTIONS.has(name.at(-1) ?? "")) throw new Unclear();
}
