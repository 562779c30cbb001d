import { describe, expect, test } from "vitest";
import type { LoadCode } from "./errors.ts";
import { LOAD_CODES, renderError } from "./errors.ts";
import { MAX_CLOSED_IDS, MAX_FILE_CHARS, MAX_POLICY_CHARS } from "./limits.ts";
import { type BundleInput, loadBundle } from "./load.ts";

async function load(text: string, parts: Partial<BundleInput> = {}) {
  return await loadBundle({ sources: [{ file: "a.cedar", text }], ...parts });
}

async function errorsOf(text: string): Promise<readonly string[]> {
  const loaded = await load(text);
  return loaded.ok ? [] : loaded.error.map(({ code, line, column }) => `${code} ${line}:${column}`);
}

/** A forbid with the condition on a line of its own. */
function forbid(condition: string, annotations = ""): string {
  return `@id("f") ${annotations}\nforbid (principal, action, resource) when {\n${condition}\n};`;
}

function permit(annotations: string, condition = ""): string {
  return `@id("p") ${annotations}\npermit (principal, action, resource)${condition};`;
}

const HOLD = '@decision("require_approval") @approvers("on-behalf-of")';
const OWNED = '@grant @owner("User::\\"maria\\"")';

describe("refuses", () => {
  const cases: readonly [name: string, text: string, ...errors: string[]][] = [
    [
      "text that is not Cedar",
      '@id("a")\npermit (principal, action, ressource);',
      "policy.syntax 2:28",
    ],
    ["an unknown variable", forbid("foo"), "policy.syntax 3:1"],
    [
      "a policy without an end",
      '@id("a") permit (principal, action, resource)',
      "policy.syntax 1:46",
    ],
    ["an open string", '@id("a) permit (principal, action, resource);', "policy.syntax 1:5"],
    [
      "a template",
      '@id("a")\npermit (principal == ?principal, action, resource);',
      "policy.template 2:22",
    ],
    ["an unknown attribute", forbid("context.aproved"), "policy.invalid 3:1"],
    ["an unknown tag use", forbid('context.args.text.getTag("a") == "b"'), "policy.invalid 3:1"],
    [
      "a misspelt environment",
      forbid('resource in Environment::"prodction"'),
      "policy.invalid 3:13",
    ],
    [
      "a string where an entity belongs",
      forbid('context.source == "parsed"'),
      "policy.invalid 3:1",
    ],
    [
      "two types in one list",
      forbid('resource in [Class::"ci", Label::"secret"]'),
      "policy.invalid 3:13",
    ],
    ["an empty list", forbid("context.findings == []"), "policy.invalid 3:21"],
    [
      "a group where an action belongs: it never matches",
      '@id("a")\nforbid (principal, action == Action::"leave", resource);',
      "policy.warning 2:1",
    ],
    [
      "a condition that is never true",
      forbid("principal is User && principal is Agent"),
      "policy.warning 2:1",
    ],
    ["look-alike characters", forbid('principal == Agent::"p\u0430ypal"'), "policy.warning 3:14"],
    ["a bidirectional override", forbid('principal == Agent::"a\u202eb"'), "policy.character 3:23"],
    ["a NUL", forbid('principal == Agent::"a\u0000b"'), "policy.character 3:23"],
    ["a zero-width space in a comment", `// a\u200bb\n${permit("")}`, "policy.character 1:5"],
    ["a line end in an annotation", permit('@reason("a\\nb")'), "policy.character 1:10"],
    [
      "a hidden character in an annotation",
      permit('@reason("a\\u{202e}b")'),
      "policy.character 1:10",
    ],
    ["no id", "permit (principal, action, resource);", "annotation.missing 1:1"],
    [
      "an id that is not one",
      '@id("a b") permit (principal, action, resource);',
      "annotation.value 1:1",
    ],
    ["an id of nothing", "@id permit (principal, action, resource);", "annotation.value 1:1"],
    ["the same id twice", `${permit("")}\n${permit("")}`, "policy.duplicate_id 3:1"],
    ["the same annotation twice", permit('@code("a") @code("b")'), "policy.syntax 1:21"],
    ["an unknown annotation", permit('@approver("x")'), "annotation.unknown 1:10"],
    ["an annotation in capitals", permit('@Code("x")'), "annotation.unknown 1:10"],
    ["an annotation called __proto__", permit('@__proto__("x")'), "annotation.unknown 1:10"],
    ["an annotation called constructor", permit('@constructor("x")'), "annotation.unknown 1:10"],
    [
      "an unknown decision",
      forbid("true", '@decision("ask")'),
      "annotation.conflict 1:10",
      "annotation.value 1:10",
    ],
    ["a hold on a permit", permit(HOLD), "annotation.conflict 1:10", "annotation.conflict 1:40"],
    ["a log on a forbid", forbid("true", '@decision("log")'), "annotation.conflict 1:10"],
    ["a mode on a permit", permit('@mode("observe")'), "annotation.conflict 1:10"],
    ["an unknown mode", forbid("true", '@mode("off")'), "annotation.value 1:10"],
    [
      "a hold without approvers",
      forbid("true", '@decision("require_approval")'),
      "annotation.missing 2:1",
    ],
    [
      "approvers on a block",
      forbid("true", '@approvers("on-behalf-of")'),
      "annotation.conflict 1:10",
    ],
    [
      "an agent as approver",
      forbid("true", '@decision("require_approval") @approvers("Agent::\\"a\\"")'),
      "annotation.value 1:40",
    ],
    [
      "an approver twice",
      forbid("true", '@decision("require_approval") @approvers("on-behalf-of, on-behalf-of")'),
      "annotation.value 1:40",
    ],
    ["a quorum of none", forbid("true", `${HOLD} @quorum("0")`), "annotation.value 1:67"],
    [
      "a quorum that cannot be met",
      forbid("true", `${HOLD} @quorum("2")`),
      "annotation.conflict 1:67",
    ],
    ["a time without a unit", forbid("true", `${HOLD} @ttl("15")`), "annotation.value 1:67"],
    ["a time beyond the limit", forbid("true", `${HOLD} @ttl("8d")`), "annotation.value 1:67"],
    ["an unknown waiver", forbid("true", `${HOLD} @waivable("always")`), "annotation.value 1:67"],
    ["an unknown obligation", permit('@obligation("shout:loud")'), "annotation.value 1:10"],
    ["a code of decide's own", forbid("true", '@code("default_deny")'), "annotation.value 1:10"],
    [
      "a grant on a forbid",
      forbid("true", OWNED),
      "annotation.conflict 1:10",
      "annotation.conflict 1:17",
    ],
    ["a grant without an owner", permit("@grant"), "annotation.missing 2:1"],
    [
      "a grant with a value",
      permit('@grant("yes") @owner("User::\\"m\\"")'),
      "annotation.value 1:10",
    ],
    ["an owner without a grant", permit('@owner("User::\\"m\\"")'), "annotation.conflict 1:10"],
    ["uses without a number", permit(`${OWNED} @uses("many")`), "annotation.value 1:43"],
    [
      "an end with an offset",
      permit(`${OWNED} @expires("2026-02-03T12:00:00+01:00")`),
      "annotation.value 1:43",
    ],
    [
      "an end on the 30th of February",
      permit(`${OWNED} @expires("2026-02-30T12:00:00Z")`),
      "annotation.value 1:43",
    ],
    [
      "an end without its condition",
      permit(`${OWNED} @expires("2026-02-03T12:00:00Z")`),
      "grant.end_mismatch 2:1",
    ],
    [
      "an end that is another instant in the condition",
      permit(
        `${OWNED} @expires("2026-02-03T12:00:00Z")`,
        ' when { context.now < datetime("2026-02-04T12:00:00Z") }',
      ),
      "grant.end_mismatch 2:53",
    ],
    [
      "an end that the condition includes",
      permit(
        `${OWNED} @expires("2026-02-03T12:00:00Z")`,
        ' when { context.now <= datetime("2026-02-03T12:00:00Z") }',
      ),
      "grant.end_mismatch 2:53",
    ],
    [
      "an end that only part of the condition has",
      permit(
        `${OWNED} @expires("2026-02-03T12:00:00Z")`,
        ' when { context.now < datetime("2026-02-03T12:00:00Z") || context.reversible }',
      ),
      "grant.end_mismatch 2:53",
    ],
    [
      "an end in an unless",
      permit(
        `${OWNED} @expires("2026-02-03T12:00:00Z")`,
        ' unless { context.now < datetime("2026-02-03T12:00:00Z") }',
      ),
      "grant.end_mismatch 2:55",
    ],
    [
      "an end that is only a condition",
      permit(OWNED, ' when { context.now < datetime("2026-02-03T12:00:00Z") }'),
      "grant.end_mismatch 2:53",
    ],
    [
      "an integer that JSON would round",
      forbid("context.counts.calls_1m > 9007199254740993"),
      "policy.unsafe_integer 2:1",
    ],
    [
      "an attribute that nobody has, in a disjunction",
      forbid("context.reversible || resource has clearz"),
      "policy.unknown_attribute 3:36",
    ],
    [
      "an attribute that only other types have",
      '@id("a")\nforbid (principal, action, resource is File)\nunless { resource has clears };',
      "policy.unknown_attribute 3:23",
    ],
    [
      "an attribute of the context that is none",
      forbid("context.reversible || context has aproved"),
      "policy.unknown_attribute 3:35",
    ],
    [
      "a path that is none",
      forbid("context.reversible || context has session.agee"),
      "policy.unknown_attribute 3:43",
    ],
    [
      "a type that cannot be, in a disjunction",
      forbid("context.reversible || resource is Workspace"),
      "policy.impossible_type 3:35",
    ],
    [
      "a forbid guarded by an effect attribute",
      forbid("context has quantity && context.quantity.atMost > 5"),
      "policy.has_guard 3:13",
    ],
    [
      "a forbid guarded by a deeper one",
      forbid("context has quantity.atMost && context.reversible"),
      "policy.has_guard 3:13",
    ],
    [
      "an amount in a product",
      forbid("context.quantity.atMost * 2048 > 100000"),
      "policy.amount_product 3:18",
    ],
    [
      "a literal on the left",
      forbid('Agent::"a" in Group::"b" || context.reversible'),
      "policy.literal_subject 3:1",
    ],
    ["an attribute of a literal", forbid('Server::"a".reviewed'), "policy.literal_subject 3:1"],
    ["brackets without end", forbid(`${"(".repeat(100)}true${")".repeat(100)}`), "load.limit 3:64"],
    ["a long row of !", forbid(`${"!".repeat(3000)}true`), "load.limit 3:65"],
    [
      "a long chain",
      forbid(Array.from({ length: 600 }, () => "context.reversible").join(" && ")),
      "load.limit 2:1",
    ],
    [
      "a long policy",
      forbid(`context.session.id == "${"x".repeat(MAX_POLICY_CHARS)}"`),
      "load.limit 2:1",
    ],
    ["a long file", `//${" ".repeat(MAX_FILE_CHARS)}`, "load.limit 1:1"],
  ];
  test.each(cases)("%s", async (_, text, ...errors) => {
    expect(await errorsOf(text)).toEqual(errors);
  });

  test("a record literal that hides an operator behind the name `Value`", async () => {
    const text = forbid("{ Value: resource has clearz } == { Value: true } || context.reversible");
    expect(await errorsOf(text)).toEqual(["policy.unknown_attribute 3:23"]);
  });

  test("every kind of character that hides something", async () => {
    const hidden =
      "\u0007 \u0085 \u00ad \u034f \u061c \u115f \u200b \u200e \u2028 \u2029 \u202e \u2060 \u2066 \u3164 \ufe0f \ufeff \ufff9 \ud800 \u{e0041}";
    for (const character of hidden.split(" "))
      expect([character, ...(await errorsOf(`//${character}`))]).toEqual([
        character,
        "policy.character 1:3",
      ]);
    expect(await errorsOf("// \t tabs, Grüße, 日本語, \u{1f600}\r\n")).toEqual([]);
  });

  test("every code is reached here or below", () => {
    const reached = new Set(cases.flatMap(([, , ...errors]) => errors.map((e) => e.split(" ")[0])));
    const rest = (Object.keys(LOAD_CODES) as LoadCode[])
      .filter((code) => !reached.has(code))
      .filter((code) => !code.startsWith("bundle.")); // of bundle files: see file.test.ts
    expect(rest).toEqual(["load.failed", "schema.id"]);
  });

  test("closed ids that policies could not name", async () => {
    for (const id of ["", "Prod", 'a"]; entity X enum ["b', "a b", "\u043fрод"]) {
      const loaded = await load(permit(""), { closed: { environments: [id] } });
      expect(loaded.ok ? [] : loaded.error.map(({ code }) => code)).toEqual(["schema.id"]);
    }
    const many = Array.from({ length: MAX_CLOSED_IDS + 1 }, (_, at) => `e${at}`);
    const loaded = await load(permit(""), { closed: { classes: many } });
    expect(loaded.ok ? [] : loaded.error.map(({ code }) => code)).toEqual(["load.limit"]);
  });

  test("reports every mistake at once, in the order of the files, with excerpts", async () => {
    const loaded = await loadBundle({
      sources: [
        { file: "one.cedar", text: `${permit("@x")}\n${forbid("context.aproved")}` },
        { file: "two.cedar", text: 'permit (principal, action, resource);\n@id("ü") @id permit;' },
      ],
    });
    expect(loaded.ok ? [] : loaded.error.map(renderError)).toMatchInlineSnapshot(`
      [
        "one.cedar:1:10: annotation.unknown: \`@x\` is not an annotation
      1 | @id("p") @x
        |          ^^",
        "one.cedar:5:1: policy.invalid: attribute \`aproved\` in context for Action::"configure" not found (did you mean \`args\`?)
      5 | context.aproved
        | ^^^^^^^^^^^^^^^",
        "two.cedar:1:1: annotation.missing: \`@id\` is required here
      1 | permit (principal, action, resource);
        | ^^^^^^",
        "two.cedar:2:20: policy.syntax: unexpected token \`;\`
      2 | @id("ü") @id permit;
        |                    ^",
      ]
    `);
  });
});

describe("loads", () => {
  test("what the annotations say", async () => {
    const loaded = await load(`
      @id("hold") @decision("require_approval") @approvers("Group::\\"a, b\\", User::\\"o\\\\\\"neil\\",on-behalf-of")
      @quorum("2") @ttl("2h") @mode("warn") @code("a.b-c") @reason("why") @waivable("scoped")
      @obligation("notify:ops, redact:email")
      forbid (principal, action, resource);
      @id("grant") @grant @owner("User::\\"maria\\"") @expires("2026-02-03T12:00:00Z") @uses("3")
      permit (principal == Agent::"coder", action, resource)
      when { context.reversible && context.now < datetime("2026-02-03T12:00:00Z") };
      @id("plain") permit (principal in Group::"staff", action, resource)
      when { context.args.text.hasTag("env") && context.args.text.getTag("env") == "dev" };
      @id("counting") forbid (principal, action, resource) when { context.counts.calls_1m > 9 };`);
    if (!loaded.ok) throw new Error(loaded.error.map(renderError).join("\n"));
    const { policies, argumentPaths, readsCounts, literals } = loaded.value;
    expect(policies.get("hold")).toEqual({
      id: "hold",
      effect: "forbid",
      decision: "require_approval",
      mode: "warn",
      code: "a.b-c",
      reason: "why",
      approvers: ['Group::"a, b"', 'User::"o\\"neil"', "on-behalf-of"],
      quorum: 2,
      ttlMs: 7_200_000,
      waivable: "scoped",
      obligations: [
        { type: "notify", value: "ops" },
        { type: "redact", value: "email" },
      ],
      grant: null,
      limit: null,
      digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
    });
    expect(policies.get("grant")?.grant).toEqual({
      owner: 'User::"maria"',
      expires: "2026-02-03T12:00:00.000Z",
      uses: 3,
    });
    expect(policies.get("plain")).toMatchObject({ decision: "allow", code: "policy.plain" });
    expect([...argumentPaths]).toEqual(["env"]);
    expect(readsCounts).toBe(true);
    expect(literals.map(({ type, id }) => `${type} ${id}`)).toEqual([
      "Agent coder",
      "Group a, b",
      "Group staff",
      "User maria",
      'User o"neil',
    ]);
  });

  test("a disjunction of a hundred", async () => {
    const names = Array.from({ length: 100 }, (_, at) => `context.session.id == "s${at}"`);
    expect(await errorsOf(forbid(names.join(" || ")))).toEqual([]);
  });

  test("an empty set, which permits nothing", async () => {
    const loaded = await load("// nothing yet");
    expect(loaded.ok && loaded.value.policies.size).toBe(0);
  });

  test("a computed argument path as `*`", async () => {
    const loaded = await load(
      forbid("context.args.text.hasTag(context.session.id) && context.reversible"),
    );
    expect(loaded.ok && [...loaded.value.argumentPaths]).toEqual(["*"]);
  });

  test("a `has` that asks for what may be absent", async () => {
    for (const condition of [
      "!(resource has clears) || context.reversible",
      "context.chain has onBehalfOf && context.reversible",
      "context has chain.onBehalfOf && context.reversible",
      "resource has clears && resource.clears.isEmpty()",
      "resource is Host && resource.private",
    ])
      expect(await errorsOf(forbid(condition))).toEqual([]);
  });

  test("added ids of closed lists", async () => {
    const text = forbid('resource in Environment::"sandbox"');
    expect(await errorsOf(text)).toEqual(["policy.invalid 3:13"]);
    expect((await load(text, { closed: { environments: ["sandbox"] } })).ok).toBe(true);
  });

  test("digests that depend on meaning, order and schema as they should", async () => {
    const digest = async (text: string, parts: Partial<BundleInput> = {}): Promise<string> => {
      const loaded = await load(text, parts);
      return loaded.ok ? loaded.value.digest : "refused";
    };
    const [a, b] = [permit(""), forbid("context.reversible")];
    const base = await digest(`${a}\n${b}`);
    expect(await digest(`${b} // moved\n\n${a}`)).toBe(base);
    expect(await digest(`${a}\n${b}`, { engine: "oracle" })).toBe(base);
    const others = [
      await digest(a),
      await digest(`${a}\n${forbid("context.args.complete")}`),
      await digest(`${a}\n${forbid("context.reversible", '@mode("observe")')}`),
      await digest(`${a}\n${b}`, { closed: { labels: ["board"] } }),
    ];
    expect(new Set([base, ...others]).size).toBe(5);
    expect(others).not.toContain("refused");
  });
});
