import { describe, expect, test } from "vitest";
import { reading } from "./errors.ts";
import type { ExactJson } from "./exact-json.ts";
import { readContext } from "./ingest.ts";
import { REQUEST_LIMITS } from "./limits.ts";

const LIMITS = { ...REQUEST_LIMITS, depth: 4, textLength: 3, setSize: 2 };

/** `code: message` of why `{x: json}` is no context, null when it is one. */
function problem(json: ExactJson): string | null {
  const read = reading(() => readContext({ x: json }, LIMITS));
  return read.ok ? null : `${read.error.code}: ${read.error.message}`;
}

describe("what is no value is refused in words", () => {
  const entity = "request.value: `__entity` wants `type` and `id`";
  const extension = "request.extension: `__extn` wants a known `fn` with `arg` or `args`";
  test.each<[ExactJson, string]>([
    [null, "request.value: null is not a value"],
    ["abcd", "request.text_length: a string is too long"],
    ["\ud800", "request.value: a string holds a lone surrogate"],
    [[1, 2, 3], "request.set_size: a set is too large"],
    [0.5, "request.number: `0.5` is not a safe integer"],
    [2n ** 63n, "request.number: an integer exceeds 64 bits"],
    [-(2n ** 63n) - 1n, "request.number: an integer exceeds 64 bits"],
    [{ __entity: { type: 1, id: "a" } }, entity],
    [{ __entity: { type: "A", id: 1 } }, entity],
    [{ __entity: { type: "A" } }, entity],
    [{ __entity: { type: "A", id: "a", of: "b" } }, entity],
    [{ __entity: "A" }, "request.value: `__entity` wants an object and no other keys beside it"],
    [
      { __entity: { type: "A", id: "a" }, y: 1 },
      "request.value: `__entity` wants an object and no other keys beside it",
    ],
    [{ __extn: { fn: "no", arg: "1.0" } }, extension],
    [{ __extn: { fn: 1, arg: "1.0" } }, extension],
    [{ __extn: { fn: "decimal" } }, extension],
  ])("%o", (json, expected) => {
    expect(problem(json)).toBe(expected);
  });

  test("a context that is not a record", () => {
    const read = reading(() => readContext({ __entity: { type: "A", id: "a" } }, LIMITS));
    expect(read).toMatchObject({ error: { message: "the context is not a record" } });
    const time = reading(() => readContext({ __extn: { fn: "decimal", arg: "1.0" } }));
    expect(time).toMatchObject({ error: { message: "the context is not a record" } });
  });
});

test.each<[ExactJson]>([["abc"], [[1, 2]], [2n ** 63n - 1n], [-(2n ** 63n)], [{}]])(
  "%o is within every limit",
  (json) => {
    expect(problem(json)).toBeNull();
  },
);

test("sets and records nest as deep as may be and no deeper", () => {
  const nested = (depth: number, put: (json: ExactJson) => ExactJson): ExactJson =>
    depth === 0 ? 1 : put(nested(depth - 1, put));
  for (const put of [(json: ExactJson) => [json], (json: ExactJson) => ({ y: json })]) {
    const deepest = Array.from({ length: 8 }, (_, at) => problem(nested(at, put)));
    const first = deepest.findIndex((one) => one !== null);
    expect(deepest.slice(first)).toEqual(
      deepest.slice(first).map(() => "request.depth: values are nested too deeply"),
    );
    expect(first).toBe(LIMITS.depth);
  }
});
