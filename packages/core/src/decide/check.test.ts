import { describe, expect, test } from "vitest";
import { effect, factsOf } from "../../testdata/decide.ts";
import type { Effect, Facts } from "../facts.ts";
import { invalidity } from "./check.ts";
import { MAX_CHAIN, MAX_EFFECTS } from "./limits.ts";

const agent = (id: string) => ({ type: "Agent" as const, id, groups: [] });
const agents = (count: number) => Array.from({ length: count }, (_, at) => agent(`a${at}`));
const effects = (count: number) => Array.from({ length: count }, () => effect());
const resource = (parts: Partial<Effect["resource"]>) =>
  effect({ resource: { ...effect().resource, ...parts } });
const second = (one: Effect): Partial<Facts> => ({ effects: [effect(), one] });

describe("facts that cannot be decided are named by their place", () => {
  test.each<[string, Partial<Facts>]>([
    ["version", { version: 2 as 1 }],
    ["now", { now: "2026-02-03T09:00:00Z" }],
    ["digest", { digest: "" }],
    ["chain", { chain: [] }],
    ["chain", { chain: agents(MAX_CHAIN + 1) }],
    ["chain[0]", { chain: [agent("")] }],
    ["chain[1]", { chain: [agent("a"), agent("a")] }],
    ["chain[1]", { chain: [agent("a"), { ...agent("maria"), type: "User" }] }],
    ["tool", { tool: { ...factsOf().tool, type: "Table" } }],
    ["tool", { tool: { ...factsOf().tool, id: "" } }],
    ["effects", { effects: [] }],
    ["effects", { effects: effects(MAX_EFFECTS + 1) }],
    ["effects[1].action", second(effect({ action: "destroy" as "delete" }))],
    ["effects[1].resource", second(resource({ type: "Row" as "Table" }))],
    ["effects[1].resource", second(resource({ id: "" }))],
    ["effects[1].amount", second(effect({ quantity: { atMost: -1, known: true } }))],
    ["effects[1].amount", second(effect({ bytes: { atMost: 2 ** 53, known: true } }))],
    ["effects[1].amount", second(effect({ cost: { atMost: 0.5, known: true } }))],
  ])("%s", (place, parts) => {
    expect(invalidity(factsOf(parts))).toBe(place);
  });
});

test("as long a chain and as many effects as may be are fine", () => {
  expect(invalidity(factsOf({ chain: agents(MAX_CHAIN) }))).toBeNull();
  expect(invalidity(factsOf({ effects: effects(MAX_EFFECTS) }))).toBeNull();
});

test("a person and an agent may have one name", () => {
  const chain: Facts["chain"] = [{ type: "User", id: "maria", groups: [] }, agent("maria")];
  expect(invalidity(factsOf({ chain }))).toBeNull();
});
