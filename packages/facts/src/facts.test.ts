import type { ActionRequest, Approval } from "@bylaw/core";
import { describe, expect, test } from "vitest";
import { type Analysis, analyze } from "./analyze.ts";
import { EMPTY_CATALOG } from "./catalog/catalog.ts";
import { actionOf, buildFacts, type FactsParts } from "./facts.ts";
import { memoryOps } from "./memory-ops.ts";
import type { AnalysisOps } from "./ops.ts";
import { call, definition, WORLD } from "./testdata/fixture.ts";

const ops = memoryOps({ files: { "/ws/a": "one" } });
const base = call("files", "write_file", { path: "/ws/a", content: "x" });

function parts(
  request: ActionRequest = base,
  given?: Analysis,
  world: AnalysisOps = ops,
  paths: ReadonlySet<string> = new Set(["path"]),
): FactsParts {
  const analysis = given ?? analyze(request, WORLD, EMPTY_CATALOG, ops);
  return {
    now: 1_770_000_000_000,
    request,
    analysis,
    action: actionOf(request, analysis, paths, world),
    session: {
      id: request.caller.session,
      labels: [],
      origins: [],
      untrusted: false,
      depth: 0,
      attended: true,
    },
    task: { declared: false, inScope: false, locked: false, offline: false, noInstall: false },
    counts: { calls_1m: 0, deletes_1h: 0, sends_1h: 0, spend_1d: 0, denials_10m: 0 },
    approvals: [],
    grants: {},
    halts: [],
    limits: {},
    shield: null,
  };
}

const digestOf = (request: ActionRequest, analysis?: Analysis): string =>
  buildFacts(parts(request, analysis)).digest;

describe("the exact-action digest", () => {
  const before = digestOf(base);

  test.each<[string, Partial<ActionRequest>]>([
    ["gateway", { gateway: "hook" }],
    ["upstream", { upstream: "other" }],
    ["operation", { operation: "tools/list" }],
    ["target", { target: "edit_file" }],
    [
      "definition",
      { definition: definition("write_file", { digest: `sha256:${"c".repeat(64)}` }) },
    ],
    ["no definition", { definition: null }],
    ["arguments", { arguments: { path: "/ws/a", content: "y" } }],
    ["path", { arguments: { path: "/ws/b", content: "x" } }],
    ["session", { caller: { ...base.caller, session: "session-2" } }],
    ["credential", { caller: { ...base.caller, credential: "credential-2" } }],
    ["chain", { caller: { ...base.caller, chain: base.caller.chain.slice(1) } }],
    ["chain order", { caller: { ...base.caller, chain: base.caller.chain.toReversed() } }],
  ])("changes with %s", (_, more) => {
    expect(digestOf({ ...base, ...more })).not.toBe(before);
  });

  test.each<[string, (analysis: Analysis) => Analysis]>([
    ["an effect more", (a) => ({ ...a, effects: [...a.effects, ...a.effects] })],
    ["an effect less", (a) => ({ ...a, effects: a.effects.slice(1) })],
    [
      "a quantity",
      (a) => ({
        ...a,
        effects: a.effects.map((e) => ({ ...e, quantity: { atMost: 2, known: true } })),
      }),
    ],
    ["a finding", (a) => ({ ...a, effects: a.effects.map((e) => ({ ...e, findings: ["x"] })) })],
    ["the working directory", (a) => ({ ...a, cwd: "/elsewhere" })],
    ["a file more", (a) => ({ ...a, files: [...a.files, "/ws/b"] })],
  ])("changes with %s", (_, change) => {
    expect(digestOf(base, change(parts().analysis))).not.toBe(before);
  });

  test("changes with the content and the absence of a file named", () => {
    const with_ = (files: Record<string, string>): string =>
      buildFacts(parts(base, undefined, memoryOps({ files }))).digest;
    expect(with_({ "/ws/a": "one" })).toBe(before);
    expect(with_({ "/ws/a": "two" })).not.toBe(before);
    expect(with_({})).not.toBe(before);
  });

  test("matches nothing where a file's content cannot be established", () => {
    const blind = { ...ops, fileDigest: () => null };
    const digest = (id: string): string =>
      buildFacts(parts({ ...base, id }, undefined, blind)).digest;
    expect(digest("one")).not.toBe(digest("two"));
  });

  test("depends on the key", () => {
    const other = memoryOps({ files: { "/ws/a": "one" } }, "other");
    expect(buildFacts(parts(base, undefined, other)).digest).not.toBe(before);
  });

  test("does not change with time, id, handle, counters, groups or the wire's spelling", () => {
    const request = {
      ...base,
      id: "action-2",
      handle: "approval-1",
      bytes: { digest: `sha256:${"d".repeat(64)}`, length: 7 },
      arguments: { content: "x", path: "/ws/a" },
      caller: {
        ...base.caller,
        chain: base.caller.chain.map((member) => ({ ...member, groups: ["other"] })),
      },
    };
    const later: FactsParts = {
      ...parts(request, undefined, ops, new Set(["*"])),
      now: 1_770_000_999_000,
      counts: { calls_1m: 9, deletes_1h: 9, sends_1h: 9, spend_1d: 9, denials_10m: 9 },
    };
    expect(buildFacts(later).digest).toBe(before);
  });
});

describe("facts", () => {
  test("carry the approvals stored for their digest", () => {
    const approval: Approval = { id: "a", digest: "", policies: [], votes: [], expires: "" };
    const found = buildFacts({ ...parts(), approvals: [approval] });
    expect(found.approvals).toEqual([approval]);
  });

  test("are plain JSON with the time written canonically", () => {
    const found = buildFacts(parts());
    expect(found.now).toBe("2026-02-02T02:40:00.000Z");
    expect(JSON.parse(JSON.stringify(found))).toEqual(structuredClone(found));
    expect(found.arguments.text["path"]).toBe("/ws/a");
    expect(found.effects.length).toBeGreaterThan(0);
  });
});
