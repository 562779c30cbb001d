import { describe, expect, test } from "vitest";
import type { SqlReading } from "../reading.ts";
import { readSql } from "../sql.ts";

const UNIQUE = new Set(["id", "email"]);

function lines(reading: SqlReading): readonly string[] | null {
  return (
    reading?.map(
      ({ action, table, quantity }) =>
        `${action} ${table ?? "*"} ${quantity.known ? quantity.atMost : "?"}`,
    ) ?? null
  );
}

const read = (text: string): readonly string[] | null =>
  lines(readSql(text, "sqlite", () => UNIQUE));

describe("SQLite text", () => {
  test.each<[string, readonly string[]]>([
    ["select 1", ["read * 1"]],
    ["SELECT * FROM Customers", ["read customers ?"]],
    ["select * from customers limit 10", ["read customers 10"]],
    ["select * from customers limit 10 offset 90", ["read customers 10"]],
    ["select * from customers limit 10, 90", ["read customers ?"]],
    ["select count(*) from customers limit 1", ["read customers ?"]],
    ["select distinct n from customers limit 1", ["read customers ?"]],
    ["select n from customers group by n limit 1", ["read customers ?"]],
    ["select n from customers having n > 1 limit 1", ["read customers ?"]],
    ["select * from customers where id = 7", ["read customers 1"]],
    ["select max(n) from customers where id in (1, 2)", ["read customers 2"]],
    ["select * from a union select * from b limit 3", ["read a ?", "read b ?"]],
    ["select * from a where x in (select y from b) limit 3", ["read a 3", "read b ?"]],
    ["select * from a join b on a.x = b.y", ["read a ?", "read b ?"]],
    ["select * from a, (select * from b) c", ["read a ?", "read b ?"]],
    ["delete from customers", ["delete customers ?"]],
    ["delete from customers where id = 1;", ["delete customers 1"]],
    ["delete from main.customers where customers.id = ?1", ["delete customers 1"]],
    ["delete from customers as c where c.id = :id and n > 2", ["delete customers 1"]],
    ["delete from customers where ((id) = 1)", ["delete customers ?"]],
    ["delete from customers where (id = 1)", ["delete customers 1"]],
    ["delete from customers where id in (1, -2, 'x')", ["delete customers 3"]],
    ["delete from customers where id in (1, n)", ["delete customers ?"]],
    ["delete from customers where id not in (1)", ["delete customers ?"]],
    ["delete from customers where id = 1 or 1 = 1", ["delete customers ?"]],
    ["delete from customers where n = 1", ["delete customers ?"]],
    ["delete from customers where x between 0 and id = 1", ["delete customers ?"]],
    ["delete from other.customers where id = 1", ["delete other.customers 1"]],
    ["delete from customers where id = 1 returning *", ["delete customers 1", "read customers 1"]],
    ["delete from a; delete from b", ["delete a ?", "delete b ?"]],
    ["update customers set n = 1", ["update customers ?"]],
    [
      "update customers set n = (select max(x) from b) where id = 1",
      ["read b ?", "update customers 1"],
    ],
    ["update a set n = b.n from b where a.id = 1", ["read b ?", "update a ?"]],
    ["insert into t values (1), (2), (3)", ["create t 3"]],
    ["insert into t (a, b) values (1, 'x')", ["create t 1"]],
    ["insert into t default values", ["create t 1"]],
    ["insert into t select * from s", ["read s ?", "create t ?"]],
    ["insert or replace into t values (1)", ["create t 1", "delete t ?"]],
    ["replace into t values (1)", ["create t 1", "delete t ?"]],
    ["insert into t values (1) on conflict (id) do update set n = 1", ["create t 1", "update t 1"]],
    ["create table t (id integer primary key, n text default 'x')", ["create t ?", "update * ?"]],
    ["create table t as select * from s", ["create t ?", "update * ?", "read s ?"]],
    ["create index i on t (n)", ["update * ?"]],
    ["drop table if exists t", ["delete t ?", "update * ?"]],
    ["alter table t add column n", ["update t ?", "update * ?"]],
    ["alter table t drop column n", ["update t ?", "update * ?", "delete t ?"]],
    ["begin immediate; commit", ["connect * 1", "connect * 1"]],
    ["explain query plan delete from t", ["read t ?"]],
  ])("%s", (text, expected) => {
    expect(read(text)).toEqual(expected);
  });

  test.each([
    "",
    ";",
    "-- nothing",
    "selec 1",
    "DELETE FROM customers WHERE id=1 /* /* */ OR 1=1 -- */",
    "delete from customers where id=1 /*! or 1=1 */",
    "delete from customers where id=1 /*+ x */",
    "delete from customers where id=1 /* or 1=1",
    "delete from customers where name='\\' or 1=1 --'",
    "delete from [customers]",
    "delete from `customers`",
    'delete from "customers"',
    'delete from customers where id = "id"',
    "delete from customers where id = x'01'",
    "delete from customers where id = 0x1",
    "delete from customers where id = 1_000",
    "delete from customers where id = $id",
    "delete from customers where id = 1\u0000 or 1=1",
    "delete from customers where id = 1 -- \r or 1=1",
    "delete from customers\u00a0where id = 1",
    "delete from customers where id in orders",
    "delete from customers where id in orders.t",
    "delete from customers where f(id)",
    "delete from customers indexed by i where id = 1",
    "delete from customers order by id limit 1",
    "update or replace t set n = 1 where id = 1",
    "with d as (select 1) delete from t",
    "pragma writable_schema = on",
    "attach 'x.db' as x",
    "detach x",
    "vacuum",
    "vacuum into 'x'",
    "reindex",
    "create trigger t after insert on a begin delete from b; end",
    "create view v as select * from t",
    "create virtual table v using fts5(x)",
    "select load_extension('x')",
    "select writefile('x', 'y')",
    "select * from pragma_table_info('t')",
    "select * from json_each('[]')",
    "select a from t where (select 1",
    "select 1)",
    "values (1)",
    "explain explain select 1",
    `select ${"(".repeat(200)}1${")".repeat(200)}`,
    `select '${"x".repeat(70_000)}'`,
  ])("is not sure of %j", (text) => {
    expect(read(text)).toBeNull();
  });
});

describe("other dialects", () => {
  test.each(["mysql", "mariadb", "mssql", "oracle", "snowflake", "bigquery", "other"] as const)(
    "%s is unknown",
    (dialect) => {
      expect(readSql("select 1", dialect, () => UNIQUE)).toBeNull();
    },
  );
});
