import { readFileSync } from "node:fs";
import * as core from "@bylaw/core";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import { digestOf } from "./examples/digests.ts";
import { deletesTwoRows } from "./examples/facts.ts";
import { intent } from "./examples/record.ts";
import { VECTORS } from "./vectors.ts";

const schemaOf = (name: string): object =>
  JSON.parse(
    readFileSync(new URL(`schemas/${name}.schema.json`, import.meta.url), "utf8"),
  ) as object;

const ajv = new Ajv2020({
  strict: true,
  strictRequired: false,
  strictTypes: false,
  strictTuples: false,
  allErrors: true,
});
for (const name of ["common", ...Object.keys(VECTORS)]) ajv.addSchema(schemaOf(name));

function validatorOf(name: string): ValidateFunction {
  const validate = ajv.getSchema(`${name}.schema.json`);
  if (validate === undefined) throw new Error(`no schema for \`${name}\``);
  return validate;
}

describe.each(Object.entries(VECTORS))("%s", (format, { valid, invalid }) => {
  const validate = validatorOf(format);

  it.each(Object.entries(valid))("accepts %s", (_, value) => {
    expect(validate(value) || validate.errors).toBe(true);
  });

  it.each(invalid)("refuses $name", ({ value, at }) => {
    expect(validate(value)).toBe(false);
    const places = validate.errors?.map(({ instancePath }) => instancePath) ?? [];
    expect(places.some((place) => place.startsWith(at))).toBe(true);
  });

  it("has its vectors in a file for other implementations", async () => {
    const file = new URL(`vectors/${format}.json`, import.meta.url).pathname;
    await expect(`${JSON.stringify({ valid, invalid }, null, 2)}\n`).toMatchFileSnapshot(file);
  });
});

/** Absent in what was written before there was such a thing, so that it is decided again as it was. */
const LATER: ReadonlySet<string> = new Set([
  "facts waivers",
  "facts override",
  "facts tokens",
  "record used",
  "record usd",
  "record tokens",
]);

/** Formats that programs write have no other optional member and no member beyond the listed ones. */
describe.each(["request", "facts", "decision", "record", "bundle"])("%s is closed", (format) => {
  const validate = validatorOf(format);
  const cases = Object.entries(VECTORS[format]?.valid ?? {});

  it.each(cases)("every member of %s is needed, and no other is known", (_, value) => {
    const objects = [...objectsOf(value, [])];
    expect(objects.length).toBeGreaterThan(0);
    for (const path of objects) {
      const object = at(value, path) as Readonly<Record<string, unknown>>;
      for (const key of Object.keys(object)) {
        const { [key]: _, ...rest } = object;
        const optional = LATER.has(`${format} ${key}`);
        expect([...path, key, validate(withAt(value, path, rest))]).toEqual([
          ...path,
          key,
          optional,
        ]);
      }
      const more = withAt(value, path, { ...object, unheard: 1 });
      expect([...path, validate(more)]).toEqual([...path, false]);
    }
  });
});

describe("the schemas agree with the types", () => {
  const { $defs } = schemaOf("common") as {
    readonly $defs: Readonly<Record<string, { enum?: unknown }>>;
  };

  it.each([
    ["action", core.ACTIONS],
    ["resourceType", core.RESOURCE_TYPES],
    ["environment", core.ENVIRONMENTS],
    ["source", core.SOURCES],
    ["gateway", core.GATEWAYS],
    ["audience", core.AUDIENCES],
    ["origin", core.ORIGINS],
    ["label", core.LABELS],
    ["assurance", core.ASSURANCES],
    ["outcome", core.OUTCOMES],
  ])("%s", (name, values) => expect($defs[name]?.enum).toEqual(values));

  it("every kind of record has an example", () => {
    const { $defs: kinds } = schemaOf("record") as { readonly $defs: object };
    const shown = Object.values(VECTORS["record"]?.valid ?? {}).map(
      (value) => (value as core.LedgerRecord).kind,
    );
    expect(new Set(shown)).toEqual(new Set(Object.keys(kinds).filter((kind) => kind !== "action")));
  });
});

it("a record names its Facts by the digest of their canonical JSON", () => {
  // From the vector file with Python: json.dumps(sort_keys, no spaces), then hashlib.
  const digest = "sha256:185f6cfb8835b545c7a04c0fa53f907e07e4b5f0d096d2453ca86677a936e87d";
  expect(digestOf(deletesTwoRows)).toBe(digest);
  expect(intent.action.facts).toBe(digest);
});

/** Members that are open by design: free-form JSON, and maps whose keys are data. */
const OPEN: ReadonlySet<string> = new Set([
  "arguments",
  "inputSchema",
  "annotations",
  "attrs",
  "text",
  "number",
  "list",
  "grants",
]);

/** Paths of all objects with fixed members. */
function* objectsOf(value: unknown, path: readonly string[]): Generator<readonly string[]> {
  if (typeof value !== "object" || value === null) return;
  const key = path.at(-1) ?? "";
  const fixed = !OPEN.has(key) || (key === "arguments" && "digest" in value);
  if (!Array.isArray(value) && fixed) yield path;
  if (fixed || key === "grants")
    for (const [name, inner] of Object.entries(value)) yield* objectsOf(inner, [...path, name]);
}

function at(value: unknown, path: readonly string[]): unknown {
  return path.reduce((inner, key) => (inner as Readonly<Record<string, unknown>>)[key], value);
}

function withAt(value: unknown, path: readonly string[], by: unknown): unknown {
  const copy = structuredClone(value);
  const [parent, key] = [path.slice(0, -1), path.at(-1)];
  if (key === undefined) return by;
  (at(copy, parent) as Record<string, unknown>)[key] = by;
  return copy;
}
