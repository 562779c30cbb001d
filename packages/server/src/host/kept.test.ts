import { expect, it } from "vitest";
import { createKept } from "./kept.ts";

const AT = 1_000_000;
const stats = { size: 1, mtimeMs: AT, ctimeMs: AT, ino: 7 };

function reader(now: () => number, max = 10) {
  const kept = createKept<number>(now, max);
  let reads = 0;
  return (path: string, changed: object = {}): number =>
    kept(path, { ...stats, ...changed }, () => (reads += 1));
}

it("reads once what has not changed for a while", () => {
  const read = reader(() => AT + 2_000);
  expect([read("a"), read("a"), read("b"), read("a")]).toEqual([1, 1, 2, 1]);
});

it.each([{ size: 2 }, { mtimeMs: AT - 1 }, { ctimeMs: AT - 1 }, { ino: 8 }])(
  "reads again after %j",
  (changed) => {
    const read = reader(() => AT + 2_000);
    expect([read("a"), read("a", changed), read("a", changed), read("a")]).toEqual([1, 2, 2, 3]);
  },
);

it.each([AT + 1_999, AT, AT - 60_000])(
  "reads again at %j what was changed so late that a change after it has the same times",
  (now) => {
    const read = reader(() => now);
    expect([read("a"), read("a")]).toEqual([1, 2]);
  },
);

it("asks again for what could not be read", () => {
  const kept = createKept<string | null>(() => AT + 2_000, 10);
  const found = [null, "a", "b"];
  const read = (): string | null => kept("a", stats, () => found.shift() ?? null);
  expect([read(), read(), read()]).toEqual([null, "a", "a"]);
});

it("keeps no more than it may", () => {
  const read = reader(() => AT + 2_000, 2);
  expect([read("a"), read("b"), read("c"), read("a")]).toEqual([1, 2, 3, 4]);
});
