import { expect, test } from "vitest";
import { failureOf, loading, reading } from "./errors.ts";

// A bug must never look like a policy that fails or a request that is refused.
test.each([
  failureOf,
  (caught: unknown) => loading("p", raise(caught)),
  (caught: unknown) => reading(raise(caught)),
])("what is not a refusal goes on (case %#)", (handle) => {
  expect(() => handle(new RangeError("stack"))).toThrow(RangeError);
});

function raise(caught: unknown): () => never {
  return () => {
    throw caught;
  };
}
