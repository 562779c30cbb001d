import { readFileSync } from "node:fs";
import { type IntentRecord, UNKNOWN_AMOUNT } from "@bylaw/core";
import { describe, expect, it, test } from "vitest";
import { renderError } from "../../errors.ts";
import { MAX_UNSCOPED } from "../../limits.ts";
import { compileSet, readPolicySet } from "../../load.ts";
import { type CheckFinding, type CheckInput, check } from "../check.ts";
import { useCounter } from "../use.ts";
import { RULES } from "./index.ts";

const NOW = Date.parse("2026-02-03T09:00:00Z");
const DIRECTORY = [
  { type: "User", id: "maria" },
  { type: "Group", id: "dba" },
];

/** An agent deleted two tables of staging, both times through the permit `used-delete`. */
function uses() {
  const counter = useCounter();
  for (const at of ["2026-01-05T08:00:00.000Z", "2026-02-01T08:00:00.000Z"]) {
    const reason = {
      code: "policy.used-delete",
      outcome: "allow" as const,
      policy: "used-delete",
      effect: 0,
      member: { type: "Agent", id: "cleaner" },
      text: "",
    };
    const record = {
      at,
      decision: { reasons: [reason] },
      action: { effects: [{ action: "delete", resource: { type: "Table", id: "t" } }] },
    } as unknown as IntentRecord;
    const parents = [{ type: "Environment", id: "staging" }];
    const facts = { effects: [{ resource: { parents }, quantity: UNKNOWN_AMOUNT }] };
    counter.add(record, facts as never);
  }
  return counter.use();
}

function fixture(rule: string, kind: "bad" | "good"): string {
  const url = new URL(`../../../testdata/check/${rule}/${kind}.cedar`, import.meta.url);
  return readFileSync(url, "utf8");
}

async function findingsOf(
  text: string,
  given: Partial<CheckInput> = {},
): Promise<readonly CheckFinding[]> {
  const sources = [{ file: "p.cedar", text }];
  const report = await check({ sources, now: NOW, directory: DIRECTORY, use: uses(), ...given });
  expect(report.bundle).not.toBeNull();
  return report.findings;
}

/** What each rule says of its bad fixture: the policy, and a part of the message. */
const EXPECTED: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
  "never-applies": [
    ["window", "no number fits both of its limits"],
    ["opposite", "it demands something and the opposite of it"],
    ["two-audiences", "nothing equals both of what it is compared with"],
  ],
  "shadowed-forbid": [["ask-table-deletes", "`no-production-deletes` blocks all of it"]],
  "unreachable-permit": [["publish", "`never-publish` blocks all that it matches"]],
  "forbid-can-fail": [
    ["product", "`*` can go beyond 64 bits"],
    ["older-than-a-day", "`offset` can leave the range of dates"],
  ],
  "grant-expired": [["cleanup", "ended at 2026-02-01T00:00:00.000Z"]],
  "grant-without-end": [["cleanup", "permits for ever"]],
  "grant-unowned": [["cleanup", '`User::"left-last-year"`']],
  "grant-unused": [["never-needed", "never used in 2 records from 2026-01-05 to 2026-02-01"]],
  "permit-unused": [["never-needed", "never used in 2 records from 2026-01-05 to 2026-02-01"]],
  "permit-wider-than-used": [
    [
      "used-delete",
      "never for the actions create, remember, update; the types Agent, Channel, Database, File",
    ],
  ],
  "undecided-action": [
    [
      "look",
      "`create`, `update`, `delete`, `execute`, `send`, `publish`, `install`, `connect`, `configure`, `grant`, `spend`, `spawn`, `remember`",
    ],
  ],
};

describe.each(RULES.filter(({ id }) => id !== "many-unscoped"))("$id", ({ id, severity }) => {
  it("finds what is wrong in its bad fixture, and says where", async () => {
    const found = (await findingsOf(fixture(id, "bad"))).filter(({ rule }) => rule === id);
    const expected = EXPECTED[id] ?? [];
    expect(expected.length).toBeGreaterThan(0);
    expect(found.map(({ policy }) => policy)).toEqual(expected.map(([policy]) => policy));
    for (const [at, [, part]] of expected.entries()) expect(found[at]?.message).toContain(part);
    for (const finding of found) {
      expect(finding.severity).toBe(severity);
      expect(finding.excerpt).toMatch(/\n +\| +\^+$/);
      expect(finding.endColumn).toBeGreaterThan(finding.column ?? 0);
    }
  });

  it("finds nothing in its good fixture", async () => {
    const found = await findingsOf(fixture(id, "good"));
    expect(found.filter(({ rule }) => rule === id)).toEqual([]);
  });

  it("is silent about a finding that a comment above the policy accepts", async () => {
    const text = fixture(id, "bad").replaceAll(/^@id/gm, `// bylaw-ignore[${id}]: looked at\n@id`);
    const found = (await findingsOf(text)).filter(({ rule }) => rule === id);
    expect(found.length).toBeGreaterThan(0);
    expect(found.every(({ accepted }) => accepted === "looked at")).toBe(true);
  });
});

describe("many-unscoped", () => {
  it(`warns from ${MAX_UNSCOPED} policies on, once`, async () => {
    const below = await readPolicySet({
      sources: [{ file: "p", text: '@id("p") forbid (principal, action, resource is Table);' }],
    });
    const rule = RULES.find(({ id }) => id === "many-unscoped");
    if (!below.ok || rule === undefined) throw new Error("does not load");
    const [one] = below.value.policies;
    if (one === undefined) throw new Error("no policy");
    const of = (count: number) => ({
      model: below.value.model,
      policies: Array.from({ length: count }, () => one),
      now: NOW,
      directory: null,
      use: null,
    });
    expect(rule.detect(of(MAX_UNSCOPED))).toEqual([]);
    expect(rule.detect(of(MAX_UNSCOPED + 1))).toHaveLength(1);
  });
});

test("the proposal of a wide permit loads, and still matches every use", async () => {
  const [found] = (await findingsOf(fixture("permit-wider-than-used", "bad"))).filter(
    ({ rule }) => rule === "permit-wider-than-used",
  );
  expect(found?.proposal).toBe(
    'permit (principal == Agent::"cleaner", action == Action::"delete", resource is Table in Environment::"staging")',
  );
  const set = await readPolicySet({
    sources: [{ file: "p", text: `@id("n") ${found?.proposal ?? ""};` }],
  });
  expect(set.ok ? (await compileSet(set.value)).ok : set.error.map(renderError)).toBe(true);
});

test("without a log or a directory the rules that need one do not run, nor miss their ignores", async () => {
  const bad = fixture("grant-unused", "bad");
  const text = bad.replace("@id", "// bylaw-ignore[grant-unused]: seasonal\n@id");
  expect(await findingsOf(text, { use: null, directory: null })).toMatchObject([
    { rule: "undecided-action" },
  ]);
});

describe("accepting findings", () => {
  const clean = (comment: string): string => `${comment}\n${fixture("grant-unused", "good")}`;
  it.each([
    ["// bylaw-ignore[grant-unused]:", "write `// bylaw-ignore[rule-id]: reason`, with a reason"],
    [
      "// bylaw-ignore grant-unused: because",
      "write `// bylaw-ignore[rule-id]: reason`, with a reason",
    ],
    [
      "//bylaw-ignore[grant-unused]: because",
      "write `// bylaw-ignore[rule-id]: reason`, with a reason",
    ],
    [
      "// bylaw ignore[grant-unused]: because",
      "write `// bylaw-ignore[rule-id]: reason`, with a reason",
    ],
    ["// bylaw-ignore[grant-unusd]: because", "`grant-unusd` is not a rule"],
    [
      "// bylaw-ignore[policy.invalid]: because",
      "write `// bylaw-ignore[rule-id]: reason`, with a reason",
    ],
  ])("is an error: %s", async (comment, because) => {
    const found = await findingsOf(clean(comment));
    expect(found.find(({ rule }) => rule === "ignore-invalid")).toMatchObject({
      severity: "error",
      message: because,
      line: 1,
    });
  });

  it("is an error behind other text, and in a string it is text", async () => {
    const policy = '@id("p") @reason("// bylaw-ignore: no") permit (principal, action, resource);';
    const behind = `${policy} // bylaw-ignore[permit-unused]: x`;
    expect((await findingsOf(behind)).map(({ rule }) => rule)).toContain("ignore-invalid");
    expect((await findingsOf(policy)).map(({ rule }) => rule)).not.toContain("ignore-invalid");
  });

  it("is reported when it accepts nothing: wrong place, or nothing to accept", async () => {
    const ignore = "// bylaw-ignore[grant-expired]: kept for the auditors";
    const unused = { rule: "ignore-unused", severity: "warning" };
    expect(await findingsOf(clean(ignore))).toContainEqual(expect.objectContaining(unused));
    const after = `${fixture("grant-expired", "bad")}\n${ignore}`;
    expect(await findingsOf(after)).toContainEqual(expect.objectContaining(unused));
    const inside = fixture("grant-expired", "bad").replace("@grant", `${ignore}\n@grant`);
    const found = await findingsOf(inside);
    expect(found).toContainEqual(expect.objectContaining(unused));
    expect(found.find(({ rule }) => rule === "grant-expired")?.accepted).toBeNull();
  });
});

test("what the validator itself sees is refused at load, with its place", async () => {
  const refused: readonly (readonly [string, string])[] = [
    [
      '@id("a") forbid (principal, action == Action::"spawn", resource is Table);',
      "policy.warning",
    ],
    ['@id("a") forbid (principal, action, resource) when { false };', "policy.warning"],
    ['@id("a") forbid (principal, action, resource) when { resource.external };', "policy.invalid"],
    [
      '@id("a") forbid (principal, action, resource) when { context.args.text.getTag("x") == "y" };',
      "policy.invalid",
    ],
    [
      '@id("a") forbid (principal, action, resource is File) when { ip(resource.name).isLoopback() };',
      "policy.invalid",
    ],
  ];
  for (const [text, code] of refused) {
    const sources = [{ file: "p.cedar", text }];
    const report = await check({ sources, now: NOW, directory: null, use: null });
    expect([text, report.bundle]).toEqual([text, null]);
    expect(report.findings.map(({ rule, severity, line }) => [rule, severity, line])).toEqual([
      [code, "error", 1],
    ]);
  }
});

test("a fingerprint stays while lines move, and changes with the policy", async () => {
  const bad = fixture("grant-expired", "bad");
  const of = async (text: string): Promise<string | undefined> =>
    (await findingsOf(text)).find(({ rule }) => rule === "grant-expired")?.fingerprint;
  expect(await of(`// a comment\n\n${bad}`)).toBe(await of(bad));
  expect(await of(bad.replace("cleaner", "other"))).not.toBe(await of(bad));
});
