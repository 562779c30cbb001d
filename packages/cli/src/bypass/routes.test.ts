import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Attempt, broken, levelOf, ROUTE_IDS, ROUTES, type State } from "./routes.ts";

const every = (state: State, but: Partial<Record<string, State>> = {}): readonly Attempt[] =>
  ROUTE_IDS.map((route) => ({ route, state: but[route] ?? state, detail: "" }));

describe("the level of isolation", () => {
  it("is enforcing when all that it closes is closed, whatever no level closes", () => {
    expect(levelOf(every("closed"))).toBe("enforcing");
    expect(levelOf(every("closed", { lookups: "open" }))).toBe("enforcing");
  });

  it("is none where a stranger gets an answer", () => {
    expect(levelOf(every("closed", { stranger: "open" }))).toBeNull();
  });

  it("falls with any route that could not be tried, as with one that is open", () => {
    const state = fc.constantFrom<State>("closed", "open", "unknown");
    const some = fc.tuple(...ROUTE_IDS.map(() => state));
    fc.assert(
      fc.property(some, (states) => {
        const attempts = ROUTE_IDS.map((route, at) => ({
          route,
          state: states[at] ?? "unknown",
          detail: "",
        }));
        const short = ROUTE_IDS.filter(
          (route, at) => ROUTES[route].promises.enforcing === "closed" && states[at] !== "closed",
        );
        expect(broken(attempts, "enforcing").map(({ route }) => route)).toEqual(short);
        expect(levelOf(attempts) === "enforcing").toBe(short.length === 0);
      }),
    );
  });
});
