import * as core from "@bylaw/core";
import { expect, test } from "vitest";
import { loadCedar } from "./cedar.ts";
import { modelOf } from "./model.ts";
import { NO_ADDITIONS, schemaText } from "./schema.ts";

const cedar = await loadCedar();
const model = modelOf(cedar, schemaText(NO_ADDITIONS));
const idsOf = (type: string) => [...(model.entities.get(type)?.ids ?? [])];
const GROUPS = ["observe", "change", "leave", "run", "authority"];
const concrete = [...model.actions].filter(([id]) => !GROUPS.includes(id));

test("the closed lists of the schema are the vocabulary's", () => {
  expect(idsOf("Environment")).toEqual(core.ENVIRONMENTS);
  expect(idsOf("Label")).toEqual(core.LABELS);
  expect(idsOf("Class")).toEqual(core.CLASSES);
  expect(idsOf("Finding")).toEqual(core.FINDINGS);
  expect(idsOf("Origin")).toEqual(core.ORIGINS);
  expect(idsOf("Gateway")).toEqual(core.GATEWAYS);
  expect(idsOf("Assurance")).toEqual(core.ASSURANCES);
  expect(idsOf("Source")).toEqual(core.SOURCES);
  expect(idsOf("Audience")).toEqual(core.AUDIENCES);
  const closed = [...model.entities].filter(([, { ids }]) => ids !== null);
  expect(closed).toHaveLength(9);
});

test("the actions of the schema are the vocabulary's", () => {
  expect(concrete.map(([id]) => id).sort()).toEqual([...core.ACTIONS].sort());
});

test("the resource types of the schema are the vocabulary's", () => {
  const types = new Set(concrete.flatMap(([, { resources }]) => [...resources]));
  expect([...types].sort()).toEqual([...core.RESOURCE_TYPES].sort());
});

test("users and agents act, with one context for every action", () => {
  const [first] = concrete;
  for (const [, { principals, context }] of concrete) {
    expect([...principals]).toEqual(["User", "Agent"]);
    expect(context).toEqual(first?.[1].context);
  }
});

test("every ancestor can be a direct parent, since slices list them flat", () => {
  for (const [name, { parents }] of model.entities)
    for (const parent of parents)
      for (const further of model.entities.get(parent)?.parents ?? [])
        expect([name, [...parents]]).toEqual([name, expect.arrayContaining([further])]);
});

test("added ids come after the built-in ones, sorted, each once", () => {
  const added = { ...NO_ADDITIONS, environments: ["z", "a", "production", "a"] };
  const { entities } = modelOf(cedar, schemaText(added));
  expect([...(entities.get("Environment")?.ids ?? [])]).toEqual([...core.ENVIRONMENTS, "a", "z"]);
});
