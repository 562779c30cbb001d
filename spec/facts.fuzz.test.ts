import { readFileSync } from "node:fs";
import { factsOfCase, loadBundle } from "@bylaw/bundle";
import { type Bundle, decide, type Facts, type Json, OUTCOMES, readFacts } from "@bylaw/core";
import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";

/** More in CI: `npm run fuzz`. */
const numRuns = Number(process.env["BYLAW_FUZZ_RUNS"] ?? 1_000);
const TIMEOUT_MS = 30_000 + numRuns * 10;

/** What may replace any part of the Facts. */
const junk = fc.oneof(
  fc.constantFrom<Json | undefined>(undefined, null, true, "", "x", -1, 0.5, 2 ** 53, [], {}),
  fc.string({ unit: "binary", maxLength: 9 }),
  fc.constantFrom("production", "__proto__", "constructor", "Environment", "Label"),
  fc.constant(Array.from({ length: 5_000 }, () => "x")),
  fc.constant({ type: "User", id: "root" }),
);

let bundle: Bundle;
const schema = new Ajv2020({ strict: false });

beforeAll(async () => {
  const text = '@id("all") permit (principal, action, resource);';
  const loaded = await loadBundle({ sources: [{ file: "all.cedar", text }] });
  if (!loaded.ok) throw new Error("the policy does not load");
  bundle = loaded.value;
  for (const name of ["common", "facts"])
    schema.addSchema(
      JSON.parse(
        readFileSync(new URL(`schemas/${name}.schema.json`, import.meta.url), "utf8"),
      ) as object,
    );
});

/** The Facts with the part that a path of numbers leads to replaced. */
function damaged(part: unknown, path: readonly number[], by: unknown): unknown {
  const [step, ...rest] = path;
  if (step === undefined || typeof part !== "object" || part === null) return by;
  if (Array.isArray(part)) {
    const at = step % (part.length + 1);
    return [...part.slice(0, at), damaged(part[at], rest, by), ...part.slice(at + 1)];
  }
  const keys = Object.keys(part);
  const key = keys[step % (keys.length + 1)] ?? "unheard-of";
  return { ...part, [key]: damaged((part as Record<string, unknown>)[key], rest, by) };
}

test(
  "Facts that are not as the schema has them are not read, and whatever they are, nothing throws",
  () => {
    const valid = schema.getSchema("facts.schema.json");
    if (valid === undefined) throw new Error("no schema");
    const whole = factsOfCase(bundle, {
      name: "whole",
      expect: "allow",
      because: ["all"],
      do: "delete Table::customers",
      in: ["Environment::production"],
      labels: ["personal"],
      args: { text: { a: "b" }, list: { c: ["d"] } },
      approved: [{ policies: ["all"], by: { maria: ["dba"] } }],
    });
    expect(valid(whole) || valid.errors).toBe(true);
    expect(decide(bundle, whole).outcome).toBe("allow");
    const path = fc.array(fc.nat(99), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(path, junk, (where, by) => {
        const facts = damaged(whole, where, by);
        expect(OUTCOMES).toContain(decide(bundle, facts as Facts).outcome);
        const form: unknown = JSON.parse(JSON.stringify(facts) ?? "null");
        expect([form, readFacts(form).ok]).toEqual([form, valid(form)]);
      }),
      { numRuns },
    );
  },
  TIMEOUT_MS,
);
