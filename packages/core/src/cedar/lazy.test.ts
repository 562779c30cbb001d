import fc from "fast-check";
import { expect, test } from "vitest";
import { buildStore, EMPTY_STORE, type EntityInput, type EntityStore } from "./entities.ts";
import { reading } from "./errors.ts";
import type { ExactJson, ExactObject } from "./exact-json.ts";
import { readContext } from "./ingest.ts";
import { openContext } from "./lazy.ts";
import { REQUEST_LIMITS, type RequestLimits } from "./limits.ts";
import { openSlice } from "./slice.ts";
import { type Fields, record, type Value } from "./value.ts";

const LIMITS: RequestLimits = {
  ...REQUEST_LIMITS,
  depth: 4,
  nodes: 40,
  setSize: 3,
  textLength: 24,
  ancestors: 3,
};

const name = fc.constantFrom("a", "b", "__proto__", "constructor", "__entity", "__extn", "\ud800");
const uid = fc.record({ type: fc.constantFrom("A", "B"), id: fc.constantFrom("x", "y", "z") });
const call = fc.record(
  {
    fn: fc.constantFrom("datetime", "decimal", "ip", "toDate", "none"),
    arg: fc.constantFrom<ExactJson>("2026-02-03", "2026-02-30", "1.5", "::1", "x".repeat(25), 1),
    args: fc.constantFrom<ExactJson>(["1.5"]),
  },
  { requiredKeys: ["fn"] },
);
const scalar: fc.Arbitrary<ExactJson> = fc.constantFrom<ExactJson>(
  true,
  -0,
  1.5,
  7,
  2n ** 60n,
  2n ** 64n,
  2 ** 53,
  "text",
  "x".repeat(25),
  "\udfff",
  null,
);
const { value } = fc.letrec<{ value: ExactJson }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5 },
    scalar,
    fc.constantFrom<ExactJson>("text", 7, false),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(name, tie("value"), {
      maxKeys: 3,
      noNullPrototype: true,
    }) as fc.Arbitrary<ExactObject>,
    fc.record({ __entity: uid }) as fc.Arbitrary<ExactObject>,
    fc.record({ __extn: call }) as unknown as fc.Arbitrary<ExactObject>,
  ),
}));
const fields = fc.dictionary(fc.constantFrom("a", "b", "c", "__proto__"), value, {
  maxKeys: 3,
}) as fc.Arbitrary<ExactObject>;

/** A value without the classes that carry it. */
function plain(value: Value): unknown {
  if (typeof value !== "object") return Object.is(value, -0) ? "-0" : value;
  if (value.kind === "set") return value.elements.map(plain);
  return value.kind === "record" ? plainFields(value.fields) : value;
}

function plainFields(fields: Fields): unknown {
  const entries = [...fields].map(([name, value]) => {
    expect(fields.has(name)).toBe(true);
    expect(plain(fields.get(name) as Value)).toEqual(plain(value));
    return [name, plain(value)];
  });
  expect(fields.size).toBe(entries.length);
  expect(fields.get("absent") ?? fields.has("absent")).toBe(false);
  return { entries };
}

test("an open context is what reading it gives, or refused alike", () => {
  let read = 0;
  fc.assert(
    fc.property(fields, (context) => {
      const eager = reading(() => readContext(context, LIMITS));
      const lazy = reading(() => openContext(context, LIMITS));
      if (!eager.ok || !lazy.ok) {
        expect(lazy).toEqual(eager);
        return;
      }
      read += 1;
      expect(plain(lazy.value)).toEqual(plain(eager.value));
    }),
    { numRuns: 3_000 },
  );
  expect(read).toBeGreaterThan(300);
});

test("a context that is an escape is refused alike", () => {
  for (const context of [
    { __entity: { type: "A", id: "x" } },
    { __extn: { fn: "ip", arg: "::1" } },
  ])
    expect(reading(() => openContext(context, LIMITS))).toMatchObject({
      error: { code: "request.value" },
    });
});

const entity: fc.Arbitrary<EntityInput> = fc.record(
  {
    type: fc.constantFrom("A", "B", "C", "Action", "Ns::Action"),
    id: fc.constantFrom("x", "y", "z"),
    parents: fc.oneof(
      fc.array(fc.constantFrom({ type: "G", id: "g" }, { type: "G", id: "h" }), { maxLength: 2 }),
      fc.array(uid, { maxLength: 4 }),
    ),
    attrs: fields,
    tags: fields,
  },
  { requiredKeys: ["type", "id", "parents", "attrs"] },
);

test("an open slice is the store of its entities, or refused alike", () => {
  const asked = ["A", "B", "C", "G"].flatMap((type) =>
    ["x", "y", "z", "g", "h"].map((id) => ({ type, id })),
  );
  const shown = (store: EntityStore) =>
    asked.map((uid) => {
      const data = store.find(uid);
      return [
        store.isOpen(uid),
        data && [
          plain(record(data.attrs)),
          plain(record(data.tags)),
          data.ancestors.keys().map(({ type, id }) => [type, id]),
        ],
      ];
    });
  let read = 0;
  fc.assert(
    fc.property(fc.array(entity, { maxLength: 4 }), (entities) => {
      const eager = reading(() => buildStore(entities, EMPTY_STORE, LIMITS));
      const lazy = reading(() => openSlice(entities, EMPTY_STORE, LIMITS));
      if (!eager.ok || !lazy.ok) {
        expect(lazy).toEqual(eager);
        return;
      }
      read += 1;
      expect(lazy.value.size).toBe(eager.value.size);
      expect(shown(lazy.value)).toEqual(shown(eager.value));
    }),
    { numRuns: 3_000 },
  );
  expect(read).toBeGreaterThan(300);
});
