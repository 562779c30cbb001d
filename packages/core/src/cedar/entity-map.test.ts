import { expect, test } from "vitest";
import { EntityMap } from "./entity-map.ts";

/** Around the size from which on a map has an index. */
test.each([0, 1, 15, 16, 17, 18, 40])(
  "%s keys are found, in their order, and no others",
  (size) => {
    const map = new EntityMap<number>();
    const types = ["A", "B"];
    const keys = Array.from({ length: size }, (_, at) => ({
      type: types[at % 2] as string,
      id: `${Math.floor(at / 2)}`,
    }));
    keys.forEach((key, at) => {
      map.set({ ...key }, at);
    });
    expect(map.size).toBe(size);
    expect(map.keys()).toEqual(keys);
    expect(map.values()).toEqual(keys.map((_, at) => at));
    expect(keys.map((key) => [map.get({ ...key }), map.has({ ...key })])).toEqual(
      keys.map((_, at) => [at, true]),
    );
    for (const stranger of [
      { type: "A", id: "20" },
      { type: "C", id: "0" },
      { type: "", id: "" },
    ])
      expect([map.get(stranger), map.has(stranger)]).toEqual([undefined, false]);
  },
);

test.each([1, 16, 17, 18])("of %s keys each can be given another value", (size) => {
  const map = new EntityMap<number>();
  const keys = Array.from({ length: size }, (_, at) => ({ type: "A", id: `${at}` }));
  for (const key of keys) map.set(key, 0);
  keys.forEach((key, at) => {
    map.set({ ...key }, at + 1);
  });
  expect(map.size).toBe(size);
  expect(map.values()).toEqual(keys.map((_, at) => at + 1));
});
