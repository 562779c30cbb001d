import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { REQUIREMENTS, type Requirement } from "../conformance/requirements.ts";
import { ROOT, report, repository } from "./repository.ts";
import { type Citation, citations, requirements, requirementsPage } from "./requirements.ts";

const LIST = "scenarios/expected-failures.yaml";
const [, listed = ""] =
  /^rooms:\n((?: {2}.+\n)+)/m.exec(readFileSync(`${ROOT}/${LIST}`, "utf8")) ?? [];
const rooms = new Set([...listed.matchAll(/^ {2}([a-z]+): /gm)].map(([, name = ""]) => name));
const found = citations(repository());

describe("requirements", () => {
  it("are each shown by something, and everything that shows one shows one that is asked for", () => {
    expect(report(requirements(REQUIREMENTS, found, rooms))).toEqual([]);
  });

  it("stand in docs/requirements.md as they are (accept with `npm run unit -- -u`)", async () => {
    const page = requirementsPage(REQUIREMENTS, found);
    await expect(page).toMatchFileSnapshot(`${ROOT}/docs/requirements.md`);
  });

  // Expected failures: one that passes is built, and must say so.
  it.fails.each(REQUIREMENTS.filter(({ waitsFor }) => waitsFor !== null))(
    "$id waits for $waitsFor",
    ({ id }) => {
      expect(found.filter((one) => one.id === id && !one.file.endsWith(".yaml"))).not.toEqual([]);
    },
  );
});

const asked: Requirement = { id: "C1.1", holds: "h", source: "s", waitsFor: null };
const cited: Citation = { id: "C1.1", file: "packages/x/src/x.test.ts", line: 1 };
const rules = (
  list: readonly Requirement[],
  places: readonly Citation[],
  known: readonly string[] = [],
): readonly string[] =>
  requirements(list, places, new Set(known))
    .map(({ rule }) => rule.replace("requirements.", ""))
    .filter((rule) => rule !== "empty");

describe("the check", () => {
  it("is red when it saw nothing", () => {
    expect(() => citations([])).toThrow(/saw no/);
    expect(() => requirements([], [], new Set())).toThrow(/saw no/);
  });

  it.each([
    ["nothing shows it", [asked], [], ["uncited"]],
    ["it shows nothing that is asked for", [asked], [cited, { ...cited, id: "C1.9" }], ["unknown"]],
    ["two have one id", [asked, asked], [cited], ["id"]],
    ["an id is none", [{ ...asked, id: "D1" }], [{ ...cited, id: "D1" }], ["id"]],
    ["it waits for what nobody knows", [{ ...asked, waitsFor: "luck" }], [], ["room"]],
  ])("is red when %s", (_, list, places, expected) => {
    expect(rules(list, places)).toEqual(expected);
  });

  it("is red when a test shows what is said not to be built, and not when a scenario asks for it", () => {
    const waits = { ...asked, waitsFor: "inspect" };
    expect(rules([waits], [cited], ["inspect"])).toEqual(["built"]);
    const file = "scenarios/S01-x.yaml";
    expect(rules([waits], [{ ...cited, file }], ["inspect"])).toEqual([]);
  });

  it("is red when nothing waits for a part that is said to be missing, or a capability is empty", () => {
    expect(rules([asked], [cited], ["inspect"])).toEqual(["unasked"]);
    const all = requirements([asked], [cited], new Set()).map(({ rule }) => rule);
    expect(new Set(all)).toEqual(new Set(["requirements.empty"]));
  });

  it("reads comments of tests and keys of scenarios, and nothing else", () => {
    const files = [
      { path: "packages/x/src/x.test.ts", text: "  // shows: C1.1, C2.1\nit('// shows: C9.9')\n" },
      { path: "packages/x/src/x.ts", text: "// shows: C1.1\n" },
      { path: "scenarios/S01-x.yaml", text: "title: t\nshows: [C3.1]\n" },
      { path: "docs/x.yaml", text: "shows: [C4.1]\n" },
    ];
    expect(citations(files).map(({ id, line }) => `${id}:${line}`)).toEqual([
      "C1.1:1",
      "C2.1:1",
      "C3.1:2",
    ]);
  });
});
