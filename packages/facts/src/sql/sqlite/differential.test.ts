import type { Action } from "@bylaw/core";
import { DatabaseSync, type DatabaseSyncInstance } from "@photostructure/sqlite";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readSql } from "../sql.ts";

/** What the engine did, by table: rows that triggers saw change, and tables that it opened to read. */
interface Deed {
  readonly rows: ReadonlyMap<string, number>;
  readonly read: ReadonlySet<string>;
}

const TABLES = ["customers", "orders"];
const ROWS = 30;
const UNIQUE = new Set(["id"]);
const READ = 20; // SQLITE_READ
const OK = 0; // SQLITE_OK

function freshDatabase(): DatabaseSyncInstance {
  const database = new DatabaseSync(":memory:");
  for (const table of TABLES) {
    database.exec(`create table ${table} (id integer primary key, email text unique, n integer)`);
    for (let id = 1; id <= ROWS; id += 1)
      database.exec(`insert into ${table} values (${id}, 'e${id}', ${id % 3})`);
  }
  database.exec("create temp table deeds (what text)");
  for (const table of TABLES)
    for (const [event, action] of [
      ["insert", "create"],
      ["update", "update"],
      ["delete", "delete"],
    ])
      database.exec(
        `create temp trigger ${table}_${event} after ${event} on main.${table} begin insert into deeds values ('${action} ${table}'); end`,
      );
  // Rows that REPLACE pushes out fire delete triggers only in this mode.
  database.exec("pragma recursive_triggers = on");
  return database;
}

/** Runs a text statement by statement, as drivers do; null if the engine refuses any of it. */
function run(database: DatabaseSyncInstance, text: string): Deed | null {
  const read = new Set<string>();
  database.exec("savepoint before");
  try {
    database.setAuthorizer((code, table, _, schema, trigger) => {
      if (code === READ && trigger === null && schema === "main" && table !== null) read.add(table);
      return OK;
    });
    database.exec(text);
    database.setAuthorizer(null);
    const rows = new Map<string, number>();
    for (const { what, n } of database
      .prepare("select what, count(*) as n from temp.deeds group by what")
      .all() as { what: string; n: number }[])
      rows.set(what, n);
    return { rows, read };
  } catch {
    return null;
  } finally {
    database.setAuthorizer(null);
    database.exec("rollback to before");
    database.exec("release before");
  }
}

/** Every row touched is covered by the effects, and every table read is named by some effect. */
function check(database: DatabaseSyncInstance, text: string): "known" | "unknown" {
  const reading = readSql(text, "sqlite", () => UNIQUE);
  if (reading === null) return "unknown";
  const deed = run(database, text);
  if (deed === null) return "unknown";
  const bound = (action: Action, table: string): number =>
    reading
      .filter((effect) => effect.action === action && effect.table === table)
      .reduce((sum, { quantity }) => Math.min(Number.MAX_SAFE_INTEGER, sum + quantity.atMost), 0);
  for (const [what, rows] of deed.rows) {
    const [action, table] = what.split(" ") as [Action, string];
    expect(rows, `${what} by ${JSON.stringify(text)}`).toBeLessThanOrEqual(bound(action, table));
  }
  for (const table of deed.read)
    expect(
      reading.some((effect) => effect.table === table),
      `${table} read by ${JSON.stringify(text)}`,
    ).toBe(true);
  return "known";
}

const table = fc.constantFrom(...TABLES, "main.customers", "Customers", "ORDERS");
const column = fc.constantFrom("id", "email", "n", "ID", "customers.id", "orders.n");
const literal = fc.constantFrom("1", "2", "-3", "'e4'", "''", "'a''b'", "null", "1.5", "?", "'1'");
const operator = fc.constantFrom(
  "=",
  "==",
  "<>",
  "<",
  ">=",
  "is",
  "is not",
  "like",
  "||",
  "+",
  "%",
);
const space = fc.constantFrom(" ", " ", " ", "\n", "\t", "/* x */", "-- x\n", "/*'*/", "/**/");

const expression = fc.letrec<{ expression: string }>((tie) => ({
  expression: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.tuple(column, operator, literal).map((parts) => parts.join(" ")),
    fc.tuple(literal, operator, column).map((parts) => parts.join(" ")),
    fc
      .tuple(column, fc.array(literal, { minLength: 1, maxLength: 4 }))
      .map(([name, items]) => `${name} in (${items.join(", ")})`),
    fc
      .tuple(tie("expression"), fc.constantFrom("and", "AND", "or", "="), tie("expression"))
      .map((parts) => parts.join(" ")),
    tie("expression").map((inner) => `(${inner})`),
    tie("expression").map((inner) => `not ${inner}`),
    fc.tuple(column, tie("expression")).map(([name, to]) => `${name} between 0 and ${to}`),
    tie("expression").map((inner) => `case when ${inner} then 1 else 0 end`),
    fc
      .tuple(column, table, tie("expression"))
      .map(([name, from, where]) => `${name} in (select id from ${from} where ${where})`),
    fc
      .tuple(table, tie("expression"))
      .map(([from, where]) => `exists (select 1 from ${from} where ${where} limit 1)`),
    fc.constantFrom("1", "length(email) > 2", "coalesce(n, id) = 1", "count(*)", "n is null"),
  ),
})).expression;

/** Conditions that end where a naive cut at AND would not expect it. */
const conjunction = fc
  .array(
    fc.constantFrom(
      "id = 1",
      "1 == id",
      "id in (1, 2)",
      "(id = 3)",
      "n = 1",
      "not n",
      "not id = 1",
      "n between 0 and 5",
      "n between 0 and id = 1",
      "case n when 9 then 0 else 1 end",
      "case when n = 9 and id = 1 then 0 else 1 end",
      "case when n = 9 then 0 and id = 1 and 1 else 1 end",
      "id = 1 = 0",
      "id = 1 is null",
      "id = 1 is not null",
      "0 <> id = 1",
      "id = 1 or 1",
      "id = 1 -- and id = 2\n",
      "id not in (1, 2)",
      "id in (1, 2) = 0",
      "exists (select 1 where id = 1 or 1)",
      "email like '%' escape 'x'",
    ),
    { minLength: 1, maxLength: 4 },
  )
  .map((parts) => parts.join(" and "));

const where = fc.oneof(
  fc.constant(""),
  conjunction.map((text) => ` where ${text}`),
  expression.map((text) => ` where ${text}`),
);
const limit = fc.constantFrom("", "", " limit 3", " limit 2 offset 1", " limit 1, 20", " limit -1");
const row = fc.tuple(literal, literal, literal).map((values) => `(${values.join(", ")})`);
const rows = fc.array(row, { minLength: 1, maxLength: 3 }).map((list) => list.join(", "));
const conflict = fc.constantFrom(
  "",
  "",
  " on conflict do nothing",
  " on conflict do update set n = 9",
);
const select = fc
  .tuple(
    fc.constantFrom("*", "id, email", "count(*)", "distinct n", "max(n), group_concat(email)"),
    fc.oneof(
      table,
      fc.tuple(table, table).map(([a, b]) => `${a} a join ${b} b on a.id = b.id`),
      fc.tuple(table, table).map(([a, b]) => `${a}, ${b} as b`),
      fc.tuple(table, where).map(([a, b]) => `(select * from ${a}${b})`),
    ),
    where,
    fc.constantFrom("", " group by n", " order by n desc"),
    limit,
  )
  .map(
    ([columns, from, condition, more, most]) =>
      `select ${columns} from ${from}${condition}${more}${most}`,
  );
const statement = fc.oneof(
  fc.tuple(table, where).map(([name, condition]) => `delete from ${name}${condition}`),
  fc
    .tuple(table, where, limit)
    .map(([name, condition, most]) => `delete from ${name} as x${condition}${most}`),
  fc
    .tuple(fc.constantFrom("", " or ignore", " or replace"), table, column, expression, where)
    .map(([or, name, set, to, condition]) => `update${or} ${name} set ${set} = ${to}${condition}`),
  fc
    .tuple(fc.constantFrom("insert", "insert or replace", "replace"), table, rows, conflict)
    .map(([verb, name, values, on]) => `${verb} into ${name} values ${values}${on}`),
  fc
    .tuple(table, select)
    .map(([name, from]) => `insert into ${name} (email, n) select email, n from (${from})`),
  select,
  fc.tuple(select, select).map(([a, b]) => `${a} union all ${b}`),
);

/** Pieces that change how a text is cut, put where they may hurt. */
const poison = fc.constantFrom(
  "/*",
  "*/",
  "/* /* */",
  "--",
  "\n",
  "\r",
  "'",
  '"',
  ";",
  "(",
  ")",
  ",",
  ".",
  "-",
  "0x1",
  " or ",
  " null ",
  " 'and' ",
  " /* or */ ",
  " -- and\n",
  " limit 1",
  " where id = 1",
  " where n = 1",
  " from orders",
  ", orders",
  " union select * from orders",
  " (select id from orders) ",
  " or 1=1 ",
  " and ",
  " between 0 and ",
  " case ",
  " end ",
  "\u0000",
  "\\'",
  "x'00'",
  "; delete from orders; ",
  " in customers ",
  " not ",
  " collate nocase ",
  " is distinct from ",
  "\u00a0",
  "id",
  "1",
  "=",
);

const spaced = fc
  .tuple(statement, fc.array(space, { minLength: 1, maxLength: 6 }))
  .map(([text, spaces]) => {
    let next = 0;
    return text.replace(/ /g, () => spaces[next++ % spaces.length] ?? " ");
  });

const poisoned = fc
  .tuple(spaced, fc.array(fc.tuple(fc.nat(), poison), { minLength: 1, maxLength: 2 }))
  .map(([text, cuts]) =>
    cuts.reduce((whole, [at, piece]) => {
      const place = at % (whole.length + 1);
      return whole.slice(0, place) + piece + whole.slice(place);
    }, text),
  );

describe("the SQLite reader against SQLite", () => {
  test("the line that two engines read differently is unknown", () => {
    const line = "DELETE FROM customers WHERE id=1 /* /* */ OR 1=1 -- */";
    expect(readSql(line, "sqlite", () => UNIQUE)).toBeNull();
    const deed = run(freshDatabase(), line);
    expect(deed?.rows.get("delete customers")).toBe(ROWS);
  });

  test("no well-formed statement does more than its effects say", () => {
    const database = freshDatabase();
    let known = 0;
    fc.assert(
      fc.property(spaced, (text) => {
        if (check(database, text) === "known") known += 1;
      }),
      { numRuns: 3_000 },
    );
    expect(known).toBeGreaterThan(500); // the property says nothing about what is not read
  });

  test("no disturbed statement does more than its effects say", () => {
    const database = freshDatabase();
    let known = 0;
    fc.assert(
      fc.property(poisoned, (text) => {
        if (check(database, text) === "known") known += 1;
      }),
      { numRuns: 3_000 },
    );
    expect(known).toBeGreaterThan(50);
  });
});
