import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { APPLIES_TO } from "../applies.ts";
import { toolEntity } from "../entities.ts";
import { WORLD } from "../testdata/fixture.ts";
import { loadPostgresql } from "./postgresql.ts";
import { type SqlPlace, sqlEffects } from "./sql.ts";

/** More in CI: `npm run fuzz`. */
const numRuns = Number(process.env["BYLAW_FUZZ_RUNS"] ?? 300);
const TIMEOUT_MS = 30_000 + numRuns * 20;

beforeAll(loadPostgresql);

const tool = toolEntity(WORLD, "files", "sql", false);
const table = { environment: "production", labels: [], unique: new Set(["id"]) } as const;
const place = (dialect: SqlPlace["dialect"]): SqlPlace => ({
  dialect,
  database: "crm",
  environment: "production",
  labels: [],
  tables: new Map([["customers", table]]),
});

// An open block comment reaches to the end in SQLite, so that what follows it is honestly no statement.
const FRAGMENTS =
  "select|*|1|a|customers|from|from customers|where|where id = 1|and|or|in (1, 2)|insert into b|values (1)|update b|set a = 1|delete from b|returning *|;|,|(|)|'x'|'|\"b\"|\"|--|\n|$$|$a$|[b]|`b`|with x as (select 1)|with recursive x as|union all|order by 1|limit 1|copy b from program 'x'|create table c (a int)|drop table b|alter table b|grant all on b to c|do $$ begin end $$|explain|pragma x|attach 'a' as b|case when|end|::int|e'\\'|null|count(*)|lo_unlink(1)|begin|commit|\u0000|\\".split(
    "|",
  );
const junk = fc.oneof(
  fc.array(fc.constantFrom(...FRAGMENTS), { maxLength: 14 }).map((parts) => parts.join(" ")),
  fc.string({ unit: "binary", maxLength: 60 }).filter((text) => !text.includes("/*")),
);

describe.each(["postgresql", "sqlite", "mysql"] as const)("any text for %s", (dialect) => {
  const effectsOf = (text: string) => sqlEffects(text, place(dialect), "files", tool);

  it(
    "has effects that the schema knows, the same each time",
    () => {
      fc.assert(
        fc.property(junk, (text) => {
          const effects = effectsOf(text);
          for (const { action, resource } of effects)
            expect(APPLIES_TO[action]).toContain(resource.type);
          expect(effectsOf(text)).toEqual(effects);
        }),
        { numRuns },
      );
    },
    TIMEOUT_MS,
  );

  it(
    "hides no statement behind it",
    () => {
      fc.assert(
        fc.property(junk, (text) => {
          const effects = effectsOf(`${text}\n; delete from customers`);
          const deletes = effects.some(
            ({ action, resource }) => action === "delete" && resource.id.includes("customers"),
          );
          expect(deletes || effects.some(({ source }) => source === "unknown")).toBe(true);
        }),
        { numRuns },
      );
    },
    TIMEOUT_MS,
  );
});
