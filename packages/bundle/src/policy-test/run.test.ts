import { describe, expect, it } from "vitest";
import { parseTestFile } from "./file.ts";
import { runCases, type TestRun } from "./run.ts";

const POLICIES = `@id("look") permit (principal, action in Action::"observe", resource);
@id("delete") permit (principal is Agent, action == Action::"delete", resource is Table);
@id("many") @reason("too many")
forbid (principal is Agent, action == Action::"delete", resource is Table)
when { context.reversible == false && context.quantity.atMost > 10 }
unless { resource in Environment::"test" };
@id("ask") @decision("require_approval") @approvers("Group::\\"dba\\"")
forbid (principal, action == Action::"delete", resource);
@id("watch") @mode("observe")
forbid (principal, action == Action::"read", resource is Table);
@id("idle") forbid (principal, action == Action::"spend", resource);
`;

async function run(cases: string): Promise<TestRun> {
  const file = parseTestFile("x.test.yaml", `given: { chain: ["Agent::a"] }\ncases:\n${cases}`);
  if (!file.ok) throw new Error(JSON.stringify(file.error));
  const sources = [{ file: "p.cedar", text: POLICIES }];
  const ran = await runCases({ sources }, file.value.cases);
  if (!ran.ok) throw new Error(JSON.stringify(ran.error));
  return ran.value;
}

const one = (parts: string): Promise<TestRun> => run(`  - { name: it, ${parts} }`);

describe("a case", () => {
  it("passes when outcome and every reason are as expected", async () => {
    const { results } = await one('do: "read File::f", expect: allow, because: [look]');
    expect(results).toEqual([
      { name: "it", line: 3, column: 5, failure: null, determining: ["look"] },
    ]);
  });

  it("fails with what was expected, what came, and where those policies are", async () => {
    const { results } = await one(
      'do: "delete Table::t", quantity: 11, expect: require_approval, because: [ask]',
    );
    expect(results[0]?.failure).toMatchObject({
      expected: { outcome: "require_approval", because: ["ask"] },
      got: { outcome: "block", because: ["many"] },
      missing: [
        { name: "ask", why: "it matched and said require_approval, but block is stronger" },
      ],
      surplus: [{ name: "many", text: "too many", place: { file: "p.cedar", line: 4 } }],
    });
  });

  it("fails when the reasons differ and the outcome does not", async () => {
    const { results } = await one('do: "delete Table::t", expect: require_approval, because: []');
    expect(results[0]?.failure?.surplus.map(({ name }) => name)).toEqual(["ask"]);
  });

  it.each([
    ['do: "delete Table::t"', "`context.quantity.atMost > 10` is not true"],
    [
      'do: "delete Table::t", quantity: 11, reversible: true',
      "`context.reversible == false` is not true",
    ],
    [
      'do: "delete Table::t", quantity: 11, in: ["Environment::test"]',
      '`!(resource in Environment::"test")` is not true',
    ],
    ['do: "delete Object::o"', "`resource is Table` is not true"],
    ['do: "read Table::t"', '`action == Action::"delete"` is not true'],
    ['do: "read Table::t", chain: ["User::u"]', "`principal is Agent` is not true"],
  ])("says which clause kept a policy from matching: %s", async (given, why) => {
    const { results } = await one(`${given}, expect: block, because: [many]`);
    expect(results[0]?.failure?.missing).toMatchObject([{ name: "many", why }]);
  });

  it("says why a policy that matched did not decide", async () => {
    const approved = "approved: [{ policies: [ask], by: { dana: [dba] } }]";
    const { results } = await one(
      `do: "delete Table::t", ${approved}, expect: require_approval, because: [ask, nobody]`,
    );
    expect(results[0]?.failure?.missing).toMatchObject([
      { name: "ask", why: "it matched, and an approval answered it" },
      { name: "nobody", why: "did not occur", place: null },
    ]);
  });

  it("compares policies in observe mode where it names them", async () => {
    const of = async (would: string) =>
      (await one(`do: "read Table::t", expect: allow, because: [look]${would}`)).results[0];
    expect((await of(""))?.failure).toBeNull();
    expect((await of(", wouldHave: [watch]"))?.failure).toBeNull();
    expect((await of(", wouldHave: []"))?.failure?.surplus).toMatchObject([{ name: "watch" }]);
    expect((await of(""))?.determining).toEqual(["look", "watch"]);
  });

  it("fails when it means nothing", async () => {
    const { results } = await one(
      'do: "read Table::t", approved: [{ policies: [gone], by: {} }], expect: allow, because: [look]',
    );
    expect(results[0]?.failure).toMatchObject({ got: null, error: "no policy `gone` to approve" });
  });
});

it("counts a policy as covered when some case makes it determining", async () => {
  const { policies } = await run(
    [
      '  - { name: a, do: "read Table::t", expect: allow, because: [look] }',
      '  - { name: b, do: "delete Table::t", expect: require_approval, because: [ask] }',
    ].join("\n"),
  );
  const covered = policies.filter(({ determining }) => determining).map(({ id }) => id);
  expect(covered).toEqual(["look", "ask", "watch"]);
  expect(policies.find(({ id }) => id === "idle")?.place).toMatchObject({
    file: "p.cedar",
    line: 11,
  });
});

it("refuses policies that do not load", async () => {
  const sources = [{ file: "p.cedar", text: "permit (principal, action, resource);" }];
  const ran = await runCases({ sources }, []);
  expect(ran.ok ? [] : ran.error.map(({ code }) => code)).toEqual(["annotation.missing"]);
});
