import {
  type ActionRequest,
  canonicalize,
  type Effect,
  isObject,
  type Json,
  type JsonObject,
  LABELS,
  ORIGINS,
} from "@bylaw/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type Analysis, analyze } from "./analyze.ts";
import { EMPTY_CATALOG } from "./catalog/catalog.ts";
import { exactText } from "./exact.ts";
import { actionOf } from "./facts.ts";
import { memoryOps } from "./memory-ops.ts";
import { call, definition, WORLD } from "./testdata/fixture.ts";

/** Everything that a person's yes covers, in one piece of JSON: what is not in here may change. */
interface Covered {
  readonly caller: Pick<ActionRequest["caller"], "session" | "credential"> & {
    readonly chain: readonly { readonly type: string; readonly id: string }[];
  };
  readonly call: Pick<ActionRequest, "upstream" | "operation" | "target" | "arguments"> & {
    readonly gateway: string;
    readonly definition: string | null;
  };
  readonly effects: Analysis["effects"];
  readonly cwd: string | null;
  /** Content by path. */
  readonly files: readonly { readonly path: string; readonly content: string }[];
}

function digestOf({ caller, call: of, effects, cwd, files }: Covered): string {
  const request = {
    ...call("", "", {}),
    ...of,
    caller: { ...call("", "", {}).caller, ...caller },
    definition: of.definition === null ? null : definition("t", { digest: of.definition }),
  } as ActionRequest;
  const ops = memoryOps({ files: Object.fromEntries(files.map((one) => [one.path, one.content])) });
  const analysis = { effects, cwd, files: files.map(({ path }) => path) } as unknown as Analysis;
  return actionOf(request, analysis, new Set(), ops).digest;
}

const json = fc
  .jsonValue({ maxDepth: 3 })
  .filter((value) => JSON.stringify(value) === canonicalizeOrNull(value as Json));

/** Null for what the gateways refuse as no JSON of one reading. */
function canonicalizeOrNull(value: Json): string | null {
  try {
    return JSON.stringify(JSON.parse(canonicalize(value))) === JSON.stringify(value)
      ? JSON.stringify(value)
      : null;
  } catch {
    return null;
  }
}

const name = fc.string({ minLength: 1, maxLength: 12 });
const covered: fc.Arbitrary<Covered> = fc
  .record({
    session: name,
    credential: name,
    members: fc.array(name, { minLength: 1, maxLength: 4 }),
    gateway: fc.constantFrom("mcp", "hook", "sdk"),
    upstream: name,
    operation: name,
    target: fc.option(name),
    definition: fc.option(name),
    arguments: fc.dictionary(name, json, { maxKeys: 4 }),
    cwd: fc.option(name),
    files: fc.uniqueArray(fc.record({ path: name, content: name }), {
      maxLength: 3,
      selector: ({ path }) => path,
    }),
  })
  .map((parts) => ({
    caller: {
      session: parts.session,
      credential: parts.credential,
      chain: parts.members.map((id, at) => ({ type: at === 0 ? "User" : "Agent", id })),
    },
    call: {
      gateway: parts.gateway,
      upstream: parts.upstream,
      operation: parts.operation,
      target: parts.target,
      definition: parts.definition,
      arguments: parts.arguments as ActionRequest["arguments"],
    },
    effects: analyze(
      call("files", "write_file", { path: "/ws/a", content: "x" }),
      WORLD,
      EMPTY_CATALOG,
      memoryOps(),
    ).effects,
    cwd: parts.cwd,
    files: parts.files,
  }));

type Path = readonly (string | number)[];

/** The places of all leaves, and of all keys that a caller chooses. */
function leavesOf(value: Json, at: Path = []): readonly Path[] {
  if (Array.isArray(value))
    return (value as readonly Json[]).flatMap((one, index) => leavesOf(one, [...at, index]));
  if (isObject(value))
    return Object.entries(value).flatMap(([key, one]) => leavesOf(one as Json, [...at, key]));
  return [at];
}

/** The same with one byte of one leaf changed. */
function changed(value: Json, path: Path, by: number): Json {
  const [key, ...rest] = path;
  if (key === undefined) return otherThan(value, by);
  if (Array.isArray(value))
    return (value as readonly Json[]).map((one, at) => (at === key ? changed(one, rest, by) : one));
  const entries = Object.entries(value as Record<string, Json>);
  // `fromEntries` defines what it is given, `__proto__` among it.
  return Object.fromEntries(
    entries.map(([own, one]) => [own, own === key ? changed(one, rest, by) : one]),
  );
}

function otherThan(leaf: Json, by: number): Json {
  if (leaf === null) return "null";
  if (typeof leaf === "boolean") return !leaf;
  if (typeof leaf === "number") return leaf === by ? by + 1 : by;
  const text = leaf as string;
  if (text === "") return "x";
  const at = by % text.length;
  const letter = text[at] === "x" ? "y" : "x";
  return text.slice(0, at) + letter + text.slice(at + 1);
}

test("any byte that changes in what a yes covers asks for a yes of its own", () => {
  const touched = new Set<string>();
  fc.assert(
    fc.property(covered, fc.nat(), fc.nat(), (before, which, by) => {
      const leaves = leavesOf(before as unknown as Json);
      const path = leaves[which % leaves.length] as Path;
      const after = changed(before as unknown as Json, path, by) as unknown as Covered;
      if (new Set(after.files.map((file) => file.path)).size < after.files.length) return;
      touched.add(
        path
          .slice(0, 2)
          .filter((part) => typeof part === "string")
          .join("."),
      );
      expect([path, digestOf(after)]).not.toEqual([path, digestOf(before)]);
      expect(digestOf(structuredClone(before))).toBe(digestOf(before));
    }),
    { numRuns: 3_000 },
  );
  expect([...touched].sort()).toEqual([
    "call.arguments",
    "call.definition",
    "call.gateway",
    "call.operation",
    "call.target",
    "call.upstream",
    "caller.chain",
    "caller.credential",
    "caller.session",
    "cwd",
    "effects",
    "files",
  ]);
});

test("nothing can be moved from one covered field to the next", () => {
  fc.assert(
    fc.property(covered, name, name, fc.nat(2), (drawn, left, right, pair) => {
      const fields = [
        ["upstream", "operation"],
        ["operation", "target"],
        ["target", "definition"],
      ] as const;
      const [first, second] = fields[pair] as (typeof fields)[number];
      const by = (a: string, b: string): string =>
        digestOf({ ...drawn, call: { ...drawn.call, [first]: a, [second]: b } });
      expect(by(left, right)).not.toBe(by(`${left}${right.slice(0, 1)}`, right.slice(1)));
    }),
  );
});

const text = fc.oneof(fc.string(), fc.string({ unit: "grapheme" }));
const amount = fc.record({ atMost: fc.maxSafeNat(), known: fc.boolean() });
const refs = fc.array(fc.record({ id: text, type: text }), { maxLength: 3 });

/** Every member that an effect can have: one more in the type is an error here. */
const whole: fc.Arbitrary<Effect> = fc.record<Required<Effect>, keyof Effect>(
  {
    action: fc.constantFrom("read", "send", "spend"),
    resource: fc.record({
      type: fc.constantFrom("File", "Host", "Object"),
      id: text,
      parents: refs,
      attrs: fc.dictionary(text, json) as fc.Arbitrary<JsonObject>,
    }),
    quantity: amount,
    bytes: amount,
    cost: amount,
    tokens: amount,
    reversible: fc.boolean(),
    audience: fc.constantFrom("self", "public"),
    labels: fc.uniqueArray(fc.constantFrom(...LABELS)),
    origin: fc.record({
      target: fc.uniqueArray(fc.constantFrom(...ORIGINS)),
      payload: fc.uniqueArray(fc.constantFrom(...ORIGINS)),
      untrusted: fc.boolean(),
    }),
    findings: fc.array(text, { maxLength: 3 }),
    source: fc.constantFrom("parsed", "unknown"),
  },
  {
    requiredKeys: [
      "action",
      "resource",
      "quantity",
      "bytes",
      "cost",
      "reversible",
      "audience",
      "labels",
      "origin",
      "findings",
      "source",
    ],
  },
);

test("the text of what a yes covers is canonical JSON of it", () => {
  const established = fc.record({ arguments: text, contents: fc.array(text, { maxLength: 3 }) });
  fc.assert(
    fc.property(
      covered,
      fc.array(whole, { maxLength: 3 }),
      established,
      (drawn, effects, known) => {
        const files = known.contents.map((content, at) => ({ path: `/f/${at}`, content }));
        const plain = canonicalize({
          version: 1,
          ...drawn.caller,
          ...drawn.call,
          arguments: known.arguments,
          effects: effects as unknown as Json,
          cwd: drawn.cwd,
          files,
        });
        const base = call("", "", {});
        const { definition: digest, ...rest } = drawn.call;
        const request = {
          ...base,
          ...rest,
          caller: { ...base.caller, ...drawn.caller },
          definition: digest === null ? null : definition("t", { digest }),
        } as ActionRequest;
        const analysis = { effects, cwd: drawn.cwd, files: files.map(({ path }) => path) };
        expect(exactText(request, analysis as unknown as Analysis, known)).toBe(plain);
      },
    ),
  );
});
