import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import type { Call } from "../deed.ts";
import { MUTATORS } from "./mutators.ts";
import { randomOf } from "./random.ts";
import { together } from "./routes.ts";

const SCENE = { workspace: "/w/workspace", home: "/w/home" };
const CALLS: readonly Call[] = [
  { system: "d", tool: "query", args: { sql: "DELETE FROM t WHERE name = 'Delete From'" } },
  { system: "d", tool: "run", args: { command: "rm -rf 'a b'" } },
  { system: "d", tool: "read_file", args: { path: "~/.ssh/id" } },
  { system: "d", tool: "write_file", args: { path: "a/b.txt", text: "x" } },
  { system: "d", tool: "request", args: { method: "GET", url: "https://evil.example/x" } },
  { system: "d", tool: "delete", args: { ids: [1, 2], reason: "old" } },
];

describe.each(MUTATORS.map((mutator) => [mutator.name, mutator] as const))("%s", (_, mutator) => {
  it("changes some call, and never to itself", () => {
    const made = CALLS.flatMap((call) =>
      Array.from({ length: 30 }, (_, seed) => mutator.mutate(call, randomOf(seed), SCENE)).flatMap(
        (mutant) => (mutant === null ? [] : [[call, mutant]]),
      ),
    );
    expect(made.length).toBeGreaterThan(0);
    for (const [call, mutant] of made)
      expect(JSON.stringify(mutant)).not.toBe(JSON.stringify(call));
  });
});

test("SQL in another spelling leaves what stands in quotes alone", () => {
  const respell = MUTATORS.find(({ name }) => name === "SQL in another spelling");
  const mutants = Array.from({ length: 50 }, (_, seed) =>
    respell?.mutate(CALLS[0] as Call, randomOf(seed), SCENE),
  ).filter((mutant) => mutant !== null && mutant !== undefined);
  expect(mutants.length).toBeGreaterThan(0);
  for (const mutant of mutants) expect(mutant.args["sql"]).toContain("'Delete From'");
});

test("several ways together make hundreds of variants of every call", () => {
  const around = { ...SCENE, systems: {}, otherGateway: false, subAgent: false };
  for (const call of CALLS) {
    const random = randomOf(7);
    const made = new Set<string>();
    for (let tries = 0; made.size < 200 && tries < 4_000; tries += 1) {
      const variant = together(random).variant(call, random, around);
      if (variant !== null) made.add(JSON.stringify(variant));
    }
    expect(made.size).toBe(200);
  }
});

test("the same seed gives the same numbers, below the limit", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 2 ** 31 }),
      fc.integer({ min: 1, max: 100 }),
      (seed, limit) => {
        const [a, b] = [randomOf(seed), randomOf(seed)];
        for (let at = 0; at < 20; at += 1) {
          const number = a.below(limit);
          expect(number).toBe(b.below(limit));
          expect(number >= 0 && number < limit).toBe(true);
        }
      },
    ),
  );
});
