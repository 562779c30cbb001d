import { describe, expect, test } from "vitest";
import { type EntityInput, type EntityStore, entityStore } from "./entities.ts";
import { REQUEST_LIMITS } from "./limits.ts";

const LIMITS = { ...REQUEST_LIMITS, entities: 4, ancestors: 3, generations: 3 };

function user(id: string, ...parents: string[]): EntityInput {
  return { type: "User", id, parents: parents.map((of) => ({ type: "User", id: of })), attrs: {} };
}

/** The store, or `code: message` of why there is none. */
function read(entities: readonly EntityInput[], base?: EntityStore): EntityStore | string {
  const result = entityStore(entities, base, LIMITS);
  return result.ok ? result.value : `${result.error.code}: ${result.error.message}`;
}

function store(entities: readonly EntityInput[], base?: EntityStore): EntityStore {
  const made = read(entities, base);
  if (typeof made === "string") throw new Error(made);
  return made;
}

const ancestors = (of: EntityStore, id: string) =>
  of
    .find({ type: "User", id })
    ?.ancestors.keys()
    .map((one) => one.id);

describe("entities are refused with their name", () => {
  test("of a type that only the schema has", () => {
    expect(read([{ ...user("x"), type: "Action" }])).toBe(
      'entities.action: `Action::"x"` is an action',
    );
  });
  test("beyond the limit, those of the base counted", () => {
    const four = ["a", "b", "c", "d"].map((id) => user(id));
    expect(store(four).size).toBe(4);
    expect(read([...four, user("e")])).toBe("entities.count: too many entities");
    expect(store(four.slice(2), store(four.slice(0, 2))).size).toBe(4);
    expect(read(four.slice(1), store([user("x"), user("y")]))).toBe(
      "entities.count: too many entities",
    );
  });
  test("with more ancestors than may be", () => {
    expect(ancestors(store([user("a", "b", "c", "d")]), "a")).toEqual(["b", "c", "d"]);
    expect(read([user("a", "b", "c", "d", "e")])).toBe(
      'entities.ancestors: `User::"a"` has too many ancestors',
    );
  });
  test("in a cycle, and in too deep a hierarchy", () => {
    expect(read([user("a", "a")])).toBe(
      'entities.cycle: `User::"a"` is in a cycle or in too deep a hierarchy',
    );
    const deep = [user("a", "b"), user("b", "c"), user("c", "d"), user("d")];
    expect(ancestors(store(deep), "a")).toEqual(["b", "c", "d"]);
    const deeper = { ...LIMITS, generations: 2 };
    expect(entityStore(deep, undefined, deeper)).toMatchObject({
      error: { code: "entities.cycle" },
    });
  });
  test("given twice with a difference", () => {
    const one = user("a", "b", "c");
    expect(store([one, user("a", "c", "b")]).size).toBe(1);
    for (const other of [user("a", "b"), user("a", "b", "d"), user("a", "b", "c", "d")])
      expect(read([one, other])).toBe('entities.duplicate: `User::"a"` is given twice');
  });
  test("whose bare name is an ancestor in the base", () => {
    const base = store([user("a", "open")]);
    expect(base.isOpen({ type: "User", id: "open" })).toBe(true);
    expect(base.isOpen({ type: "User", id: "a" })).toBe(false);
    expect(read([user("open", "root")], base)).toBe(
      'entities.reopened: `User::"open"` is a bare ancestor in the base',
    );
    expect(store([user("open")], base).size).toBe(2);
  });
});

test("no entities leave the base as it is", () => {
  const base = store([user("a")]);
  expect(store([], base)).toBe(base);
});

test("a store closes the ancestors of its entities through the base", () => {
  const base = store([user("b", "c"), user("c", "d")]);
  const made = store([user("a", "b")], base);
  expect(ancestors(made, "a")).toEqual(["b", "c", "d"]);
  expect(ancestors(made, "b")).toEqual(["c", "d"]);
  expect(made.size).toBe(3);
  expect(made.find({ type: "User", id: "d" })).toBeUndefined();
});
