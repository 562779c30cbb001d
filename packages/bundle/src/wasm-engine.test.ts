import type { AuthorizationRequest, Json } from "@bylaw/core";
import { decide } from "@bylaw/core";
import { expect, test } from "vitest";
import { factsOfCase, namesOf } from "./cases.ts";
import { loadCedar } from "./cedar.ts";
import { loadBundle } from "./load.ts";
import { wasmEngine } from "./wasm-engine.ts";

const cedar = await loadCedar();
const engine = wasmEngine(cedar, {
  name: "wasm-engine.test",
  schema:
    "entity A { n: Long }; action go appliesTo { principal: A, resource: A, context: { x?: Long } };",
  permits: {
    p2: "permit (principal, action, resource);",
    p1: "permit (principal, action, resource);",
    p3: 'permit (principal, action, resource) when { A::"absent".n > 0 };',
  },
  forbids: {
    f2: "forbid (principal, action, resource) when { principal.n > 1 };",
    f1: 'forbid (principal, action, resource) when { A::"absent".n > 0 };',
  },
});

function request(n: Json, context: Record<string, Json> = {}): AuthorizationRequest {
  const a = { type: "A", id: "a" };
  return {
    principal: a,
    action: "go",
    resource: a,
    context,
    entities: [{ ...a, parents: [], attrs: { n } }],
  };
}

test("names permits and forbids alike, and what failed, each sorted", () => {
  const both = engine.evaluate(request(2));
  expect(both).toMatchObject({ permits: ["p1", "p2"], forbids: ["f2"], invalid: null });
  expect(both.errors.map(({ policy }) => policy)).toEqual(["f1", "p3"]);
  expect(engine.evaluate(request(1)).forbids).toEqual([]);
});

test("what it cannot read, or fails on, is invalid and permits nothing", () => {
  let deep: Json = 1;
  for (let at = 0; at < 5_000; at += 1) deep = { x: deep };
  for (const bad of [request(1.5), request("1"), request(1, { y: 1 }), request(1, { x: deep })]) {
    const { permits, forbids, invalid } = engine.evaluate(bad);
    expect({ permits, forbids }).toEqual({ permits: [], forbids: [] });
    expect(invalid?.code).toBe("request.value");
  }
  expect(engine.evaluate(request(1)).permits).toEqual(["p1", "p2"]); // and it goes on working
});

test("sets that are not Cedar are a bug", () => {
  const permits = { p: "permit" };
  expect(() =>
    wasmEngine(cedar, { name: "broken", schema: "entity A;", permits, forbids: {} }),
  ).toThrow();
});

test.each(["compiled", "oracle"] as const)(
  "a forbid that overflows blocks, a permit that does grants nothing: %s",
  async (which) => {
    const overflows = "when { context.counts.calls_1m * 9007199254740991 > 0 };";
    const judge = async (text: string) => {
      const loaded = await loadBundle({ sources: [{ file: "p.cedar", text }], engine: which });
      if (!loaded.ok) throw new Error("does not load");
      const given = { name: "x", expect: "block", because: [], do: "read Table::t" } as const;
      const facts = factsOfCase(loaded.value, { ...given, counts: { calls_1m: 2_000 } });
      const decision = decide(loaded.value, facts);
      return [decision.outcome, ...namesOf(decision)];
    };
    const all = '@id("all") permit (principal, action, resource);';
    const forbid = `@id("f") forbid (principal, action, resource) ${overflows}`;
    const permit = `@id("p") permit (principal, action, resource) ${overflows}`;
    expect(await judge(`${all} ${forbid}`)).toEqual(["block", "policy.error f"]);
    expect(await judge(`${all} ${permit}`)).toEqual(["log", "policy.error p"]);
    expect(await judge(permit)).toEqual(["block", "default_deny"]);
  },
);
