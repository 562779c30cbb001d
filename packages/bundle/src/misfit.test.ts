import type { AuthorizationRequest, Json } from "@bylaw/core";
import { decide, prepareContext } from "@bylaw/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type DecisionCase, factsOfCase } from "./cases.ts";
import { loadCedar } from "./cedar.ts";
import { loadBundle } from "./load.ts";
import { misfitOf, placeOfMisfit } from "./misfit.ts";
import { modelOf } from "./model.ts";
import { NO_ADDITIONS, schemaText } from "./schema.ts";
import { wasmEngine } from "./wasm-engine.ts";

const cedar = await loadCedar();
const schema = schemaText(NO_ADDITIONS);
const model = modelOf(cedar, schema);
const misfit = misfitOf(model);
const oracle = wasmEngine(cedar, {
  name: "misfit",
  schema,
  permits: { any: "permit (principal, action, resource);" },
  forbids: {},
});

/** The request that `decide` would make of a case, taken where it arrives. */
async function requestOf(given: Partial<DecisionCase>): Promise<AuthorizationRequest> {
  const loaded = await loadBundle({ sources: [] });
  if (!loaded.ok) throw new Error("the empty bundle does not load");
  const facts = factsOfCase(loaded.value, { name: "x", expect: "block", because: [], ...given });
  const seen: AuthorizationRequest[] = [];
  const spy = (request: AuthorizationRequest): null => {
    seen.push(request);
    return null;
  };
  decide({ ...loaded.value, misfit: spy }, facts);
  const last = seen.at(-1);
  if (last === undefined) throw new Error("no request arrived");
  return last;
}

const requests = await Promise.all([
  requestOf({
    do: "send Host::h",
    in: ["Environment::production", "Class::ci"],
    attrs: { clears: ["internal", "public"] },
    labels: ["internal", "public"],
    findings: ["host.unresolved"],
    args: { text: { a: "x" }, number: { b: 1 }, list: { c: ["y"] } },
  }),
  requestOf({ do: "install Package::p", chain: ["Agent::a"] }),
  requestOf({ do: "spawn Agent::coder", in: ["Agent::root", "Group::g"] }),
]);

test("what decide asks fits", () => {
  for (const request of requests) {
    expect(misfit(request)).toBeNull();
    expect(oracle.evaluate(request).invalid).toBeNull();
  }
});

type Path = readonly (string | number)[];

function pathsOf(value: Json, path: Path = []): Path[] {
  if (typeof value !== "object" || value === null) return [path];
  return [
    path,
    ...Object.entries(value).flatMap(([key, one]) => pathsOf(one as Json, [...path, key])),
  ];
}

function changed(value: Json, path: Path, change: (old: Json) => Json | undefined): Json {
  const [key, ...rest] = path;
  if (key === undefined) return change(value) ?? null;
  const copy = structuredClone(value) as unknown as Record<string, Json>;
  const inner =
    rest.length > 0 ? changed(copy[key] as Json, rest, change) : change(copy[key] as Json);
  if (inner !== undefined) copy[key] = inner;
  else if (Array.isArray(copy)) copy.splice(Number(key), 1);
  else delete copy[key];
  return copy;
}

test("whatever Cedar's request validation refuses, misfit refuses", () => {
  let refused = 0;
  const replacement = fc.oneof(
    fc.constant(undefined),
    fc.constantFrom<Json>(null, 1.5, 2 ** 53, -1, true, "x", "production", [], {}, "Agent"),
    fc.constantFrom<Json>(
      { __entity: { type: "Label", id: "public" } },
      { __entity: { type: "Label", id: "pubic" } },
      { type: "Label", id: "public" },
      { type: "Environment", id: "production" },
      { __extn: { fn: "ip", arg: "::1" } },
    ),
  );
  fc.assert(
    fc.property(fc.constantFrom(...requests), fc.nat(), replacement, (request, nth, value) => {
      const whole = request as unknown as Json;
      const paths = pathsOf(whole).slice(1);
      const path = paths[nth % paths.length] as Path;
      const mutant = changed(whole, path, () => value) as unknown as AuthorizationRequest;
      let verdict: string | null;
      try {
        verdict = misfit(mutant);
      } catch {
        verdict = "unreadable"; // decide blocks what throws
      }
      if (oracle.evaluate(mutant).invalid === null) return;
      refused += 1;
      expect([path.join("."), value, verdict]).not.toEqual([path.join("."), value, null]);
    }),
    { numRuns: 800 },
  );
  expect(refused).toBeGreaterThan(100);
});

/** What a check comes to: its answer, or that it threw. */
function answerOf(check: () => string | null): string | null {
  try {
    return check();
  } catch {
    return "thrown";
  }
}

test("the compiled check gives what the plain one gives, also among requests that share parts", () => {
  const keys = ["__entity", "__extn", "__proto__", "constructor", "type", "id", "tags", "other"];
  const mutation = fc.record({
    nth: fc.nat(),
    key: fc.option(fc.constantFrom(...keys), { nil: undefined }),
    value: fc.oneof(
      fc.constant(undefined),
      fc.constantFrom<Json>(null, "x", "production", 2 ** 53, {}, [], [null]),
      fc.constantFrom<Json>("2026-02-30T00:00:00Z", { __entity: { type: "Tool", id: "t" } }),
    ),
  });
  let fitting = 0;
  fc.assert(
    fc.property(
      fc.constantFrom(...requests),
      fc.array(mutation, { maxLength: 2 }),
      (request, all) => {
        const mutant = all.reduce<Json>(
          (whole, { nth, key, value }) => {
            const paths = pathsOf(whole).slice(1);
            const path = paths[nth % paths.length] as Path;
            return changed(whole, path, (old) =>
              key === undefined || typeof old !== "object" || old === null || Array.isArray(old)
                ? value
                : { ...old, [key]: value ?? "x" },
            );
          },
          request as unknown as Json,
        ) as unknown as AuthorizationRequest;
        // Half of it is what passed before: only what is another object may be looked at anew.
        misfit(request);
        const shared = { ...mutant, context: request.context };
        for (const one of [mutant, shared, { ...mutant, entities: request.entities }, request]) {
          const plain = answerOf(() => placeOfMisfit(model, one));
          expect(answerOf(() => misfit(one))).toBe(plain);
          if (plain === null) fitting += 1;
        }
      },
    ),
    { numRuns: 1_000 },
  );
  expect(fitting).toBeGreaterThan(1_000);
});

test("entities that a policy may ask about must be in the slice", () => {
  const [request] = requests;
  if (request === undefined) throw new Error("no request");
  for (const type of ["Agent", "Host", "Tool", "User", "Texts", "Numbers", "Lists"]) {
    const entities = request.entities.filter((entity) => entity.type !== type);
    expect(entities.length).toBe(request.entities.length - 1);
    expect([type, misfit({ ...request, entities })]).not.toEqual([type, null]);
  }
});

test("a context that was read already cannot be checked", () => {
  const [request] = requests;
  if (request === undefined) throw new Error("no request");
  const prepared = prepareContext({});
  if (!prepared.ok) throw new Error("the empty context is one");
  expect(misfit({ ...request, context: prepared.value })).toBe("context");
});
