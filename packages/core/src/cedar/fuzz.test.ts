import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { AuthorizationRequest } from "../engine.ts";
import { compilePolicies } from "./engine.ts";
import type { ExactJson } from "./exact-json.ts";

/** More in CI: `npm run fuzz`. */
const numRuns = Number(process.env["BYLAW_FUZZ_RUNS"] ?? 1_000);
const TIMEOUT_MS = 30_000 + numRuns * 10;

const SCHEMA: ExactJson = { "": { actions: { delete: {} } } };

/** A policy that uses every part of the form, to be damaged in one place. */
const WHOLE: ExactJson = {
  effect: "permit",
  principal: { op: "is", entity_type: "User", in: { entity: { type: "Group", id: "dba" } } },
  action: { op: "in", entities: [{ type: "Action", id: "delete" }] },
  resource: { op: "==", entity: { __entity: { type: "Table", id: "t" } } },
  conditions: [
    {
      kind: "when",
      body: {
        "&&": {
          left: { has: { left: { Var: "context" }, attr: ["a", "b"] } },
          right: {
            "||": {
              left: { like: { left: { Value: "x" }, pattern: ["Wildcard", { Literal: "x" }] } },
              right: { is: { left: { Var: "principal" }, entity_type: "User", in: { Set: [] } } },
            },
          },
        },
      },
    },
    {
      kind: "unless",
      body: {
        "if-then-else": {
          if: {
            "==": { left: { Record: { a: { Value: 1 } } }, right: { neg: { arg: { Value: 2 } } } },
          },
          then: {
            isInRange: [
              { ip: [{ Value: "::1" }] },
              { ".": { left: { Var: "context" }, attr: "ip" } },
            ],
          },
          else: {
            getTag: {
              left: { Value: { __entity: { type: "A", id: "b" } } },
              right: { Value: "t" },
            },
          },
        },
      },
    },
  ],
  annotations: { id: "x" },
};

const JUNK = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<ExactJson>,
  fc.constantFrom<ExactJson>(
    { __entity: {} },
    { Value: null },
    { Var: "x" },
    [],
    {},
    "Wildcard",
    -1,
  ),
);

/** Every place in a value, as a path of keys. */
function places(json: unknown, path: readonly string[] = []): (readonly string[])[] {
  if (typeof json !== "object" || json === null) return [path];
  const inner = Object.entries(json).flatMap(([key, value]) => places(value, [...path, key]));
  return [path, ...inner];
}

function replaced(json: ExactJson, [key, ...rest]: readonly string[], by: ExactJson): ExactJson {
  if (key === undefined) return by;
  const copy = structuredClone(json) as Record<string, ExactJson>;
  copy[key] = replaced(copy[key] as ExactJson, rest, by);
  return copy;
}

const REQUEST: AuthorizationRequest = {
  principal: { type: "User", id: "ann" },
  action: "delete",
  resource: { type: "Table", id: "t" },
  context: {},
  entities: [],
};

describe("whatever comes in, an answer comes out", () => {
  test(
    "policies load or are refused with a code, and what loads evaluates",
    () => {
      const damaged = fc
        .tuple(fc.constantFrom(...places(WHOLE)), JUNK)
        .map(([path, junk]) => replaced(WHOLE, path, junk));
      const seen = { loaded: 0, refused: 0 };
      fc.assert(
        fc.property(fc.oneof({ weight: 9, arbitrary: damaged }, JUNK), (est) => {
          const compiled = compilePolicies([{ id: "p", est }], SCHEMA);
          seen[compiled.ok ? "loaded" : "refused"] += 1;
          if (compiled.ok) expect(compiled.value.evaluate(REQUEST).invalid).toBeNull();
          else expect(compiled.error.code).toMatch(/^policy\.[a-z_]+$/);
        }),
        { numRuns },
      );
      expect(Math.min(seen.loaded, seen.refused)).toBeGreaterThan(0);
    },
    TIMEOUT_MS,
  );

  test(
    "schemas are read or refused with a code",
    () => {
      fc.assert(
        fc.property(JUNK, JUNK, JUNK, (whole, actions, parent) => {
          const nested = { "": { actions: { a: { memberOf: [parent] }, b: actions } } };
          for (const schema of [whole, { "": { actions } }, nested]) {
            const compiled = compilePolicies([], schema);
            if (!compiled.ok) expect(compiled.error.code).toMatch(/^schema\.[a-z_]+$/);
          }
        }),
        { numRuns },
      );
    },
    TIMEOUT_MS,
  );

  test(
    "requests are read or invalid, and an invalid one permits nothing",
    () => {
      const compiled = compilePolicies(
        [
          {
            id: "p",
            est: {
              ...(WHOLE as object),
              principal: { op: "All" },
              resource: { op: "All" },
              conditions: [],
            },
          },
        ],
        SCHEMA,
      );
      if (!compiled.ok) throw new Error(compiled.error.message);
      const record = fc.dictionary(fc.string({ maxLength: 4 }), fc.jsonValue({ maxDepth: 4 }));
      fc.assert(
        fc.property(record, record, record, (context, attrs, tags) => {
          const entities = [{ ...REQUEST.principal, parents: [], attrs, tags }];
          const asked = { ...REQUEST, context, entities } as AuthorizationRequest;
          const { permits, invalid } = compiled.value.evaluate(asked);
          expect(permits).toEqual(invalid === null ? ["p"] : []);
        }),
        { numRuns },
      );
    },
    TIMEOUT_MS,
  );
});
