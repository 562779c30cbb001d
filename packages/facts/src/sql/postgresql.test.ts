import { beforeAll, describe, expect, test } from "vitest";
import { loadPostgresql, readPostgresql } from "./postgresql.ts";
import { readSql } from "./sql.ts";

const UNIQUE = new Set(["id", "email"]);

beforeAll(loadPostgresql);

function read(text: string): readonly string[] | null {
  return (
    readSql(text, "postgresql", () => UNIQUE)?.map(
      ({ action, table, quantity, audience }) =>
        `${action} ${table ?? "*"} ${quantity.known ? quantity.atMost : "?"}${action === "grant" ? ` ${audience}` : ""}`,
    ) ?? null
  );
}

describe("PostgreSQL text", () => {
  test.each<[string, readonly string[]]>([
    ["select 1", ["read * 1"]],
    ["select * from public.customers", ["read customers ?"]],
    ['select * from "Customers"', ["read Customers ?"]],
    ["select * from sales.customers limit 10", ["read sales.customers 10"]],
    ["select * from customers limit 0", ["read customers 0"]],
    ["select count(*) from customers limit 1", ["read customers ?"]],
    ["select string_agg(email, ',') from customers limit 1", ["read customers ?"]],
    ["select * from customers order by n fetch first 3 rows with ties", ["read customers ?"]],
    ["select * from customers where id = 7", ["read customers 1"]],
    ["select * from a join b on a.x = b.y", ["read a ?", "read b ?"]],
    ["select * from a where x in (select y from b)", ["read a ?", "read b ?"]],
    ["select 1 union select x from a", ["read a ?"]],
    ["delete from customers", ["delete customers ?"]],
    ["delete from customers where id = 1", ["delete customers 1"]],
    ["delete from customers c where $1 = c.id and n > 2", ["delete customers 1"]],
    ["delete from customers where id = 1 or email = 'x'", ["delete customers 2"]],
    ["delete from customers where id = 1 or n = 1", ["delete customers ?"]],
    ["delete from customers where id in (1, 2, 3)", ["delete customers 3"]],
    ["delete from customers where id in (1, n)", ["delete customers ?"]],
    ["delete from customers where id not in (1)", ["delete customers ?"]],
    ["delete from customers where not id = 1", ["delete customers ?"]],
    ["delete from customers where id = n", ["delete customers ?"]],
    ["delete from customers where id between 1 and 1", ["delete customers ?"]],
    ["delete from customers using b where id = 1", ["delete customers ?", "read b ?"]],
    ["delete from customers where id = 1 returning *", ["delete customers 1", "read customers 1"]],
    ["delete from only customers where id = 1", ["delete customers 1"]],
    ["update customers set n = 1 where id = 5", ["update customers 1"]],
    ["update customers set n = b.n from b where id = 5", ["update customers ?", "read b ?"]],
    ["insert into t values (1), (2)", ["create t 2"]],
    ["insert into t default values", ["create t 1"]],
    ["insert into t select * from s", ["create t ?", "read s ?"]],
    ["insert into t values (1) on conflict (id) do update set n = 1", ["create t 1", "update t 1"]],
    [
      "with d as (delete from customers returning *) select * from d",
      ["delete customers ?", "read customers ?"],
    ],
    // The CTE's own name inside a plain WITH is still the table.
    ["with customers as (select * from customers) select * from customers", ["read customers ?"]],
    ["with x as (select 1) select * from x, customers", ["read customers ?"]],
    ["with x as (select 1) select * from public.x", ["read x ?"]],
    ["select * from (with x as (select 1) select * from x) a, x", ["read x ?"]],
    ["with recursive x as (select 1 union select * from x) select * from x", ["read * 1"]],
    ["select * into copy from customers", ["create copy ?", "read customers ?"]],
    [
      "create table copy as select * from customers",
      ["create copy ?", "update * ?", "read customers ?"],
    ],
    ["explain delete from t", ["read t ?"]],
    ["explain analyze delete from t", ["delete t ?"]],
    ["explain (analyze false) delete from t", ["delete t ?"]],
    [
      "merge into t using s on t.id = s.id when matched then delete when not matched then insert values (1)",
      ["delete t ?", "create t ?", "read t ?", "read s ?"],
    ],
    ["copy t to stdout", ["read t ?"]],
    ["copy t from stdin", ["create t ?"]],
    ["copy (delete from t returning *) to stdout", ["delete t ?", "read t ?"]],
    ["truncate a, b", ["delete a ?", "delete b ?"]],
    ["truncate a cascade", ["delete a ?", "delete * ?"]],
    ["drop table a, s.b", ["delete a ?", "delete s.b ?", "update * ?"]],
    ["drop table a cascade", ["delete * ?", "delete a ?", "update * ?"]],
    ["drop schema s", ["delete * ?"]],
    ["drop database d", ["delete * ?"]],
    ["alter table t add column n int", ["update t ?", "update * ?"]],
    ["alter table t drop column n", ["update t ?", "update * ?", "delete t ?"]],
    ["alter table t rename to u", ["update t ?", "update * ?"]],
    ["create table t (id int primary key)", ["create t 1", "update * ?"]],
    [
      "create or replace view v as select * from t",
      ["create v 1", "update v 1", "update * ?", "read t ?"],
    ],
    ["grant all on t to public", ["grant t ? public"]],
    ["grant select on t to bob", ["grant t ? unknown"]],
    ["revoke all on t from bob", ["grant t ? none"]],
    ["grant all on all tables in schema public to bob", ["grant * ? unknown"]],
    ["grant admin to bob", ["grant * ? unknown"]],
    ["alter role bob superuser", ["grant * ? unknown"]],
    ["begin; delete from t; commit", ["connect * 1", "delete t ?", "connect * 1"]],
    ["show search_path", ["read * 1"]],
    ["select * from customers -- where id = 1\n limit 5", ["read customers 5"]],
  ])("%s", (text, expected) => {
    expect(read(text)).toEqual(expected);
  });

  test.each([
    "",
    "selec 1",
    "select 1; selec 2",
    "select pg_read_file('/etc/passwd')",
    "select lo_export(1, '/tmp/x')",
    "select * from dblink('x', 'delete from t') as t(a int)",
    "select set_config('role', 'x', false)",
    "select nextval('s')",
    "select my_function(id) from customers",
    "select other.count(1)",
    "select 1 operator(my.+) 2",
    "with x as (select pg_sleep(1)) select * from x",
    "do $$ begin delete from t; end $$",
    "call f()",
    "prepare p as delete from t",
    "execute p",
    "declare c cursor for select 1",
    "copy t to program 'sh'",
    "copy t from '/etc/passwd'",
    "set role admin",
    "set search_path = x",
    "reset all",
    "create function f() returns int language sql as 'select 1'",
    "create trigger x after insert on t execute function f()",
    "create rule r as on insert to t do instead delete from u",
    "create extension dblink",
    "create policy p on t",
    "drop policy p on t",
    "drop function f",
    "alter table t disable trigger all",
    "alter table t owner to bob",
    "alter system set x = 1",
    "lock t",
    "listen x",
    "notify x",
    "prepare transaction 'x'",
    "commit prepared 'x'",
    'delete from "a.b"',
    "DELETE FROM customers WHERE id=1 /* /* */ OR 1=1 -- */",
    "select '\\'",
    "select 1\u0000",
    "select `x`",
    `select ${"1+".repeat(30_000)}1`,
    `select ${"(".repeat(5_000)}`,
    `select ${"'a'||".repeat(2_000)}'a'`,
    "select 1;".repeat(100),
  ])("is not sure of %j", (text) => {
    expect(read(text)).toBeNull();
  });

  test("a long insert of plain values is read", () => {
    const rows = Array.from({ length: 900 }, (_, at) => `(${at}, 'some words in a row', null)`);
    expect(read(`insert into t values ${rows.join(", ")}`)).toEqual(["create t 900"]);
  });

  test("texts that could overflow the parser's stack never reach it", () => {
    const hidden = ["$$ ' $$", '"\'"', "-- '\n", "/*'*/ "];
    for (const quote of hidden)
      for (let round = 0; round < 300; round += 1)
        expect(
          readPostgresql(`select ${quote} ${"1+".repeat(20_000)}1 ${quote}`, () => UNIQUE),
        ).toBeNull();
    expect(read("delete from t")).toEqual(["delete t ?"]);
  });

  test("the longest chains that do reach it fit", () => {
    const links = ["1+", "not ", "a is null and "];
    for (const link of links) {
      const words = link.trim().split(/ |(?=\+)/).length;
      const text = `select ${link.repeat(Math.floor(1_400 / words))}1`;
      expect(readPostgresql(text, () => UNIQUE)).not.toBeUndefined();
    }
    expect(read("delete from t")).toEqual(["delete t ?"]);
  });
});
