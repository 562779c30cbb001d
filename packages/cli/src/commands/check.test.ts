import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type DecisionCase, factsOfCase, loadBundle } from "@bylaw/bundle";
import { canonicalize, decide, type IntentRecord, type Json } from "@bylaw/core";
import { bodyDigest, encodeSigningKey } from "@bylaw/ledger";
import { openStore } from "@bylaw/store";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { main } from "../main.ts";

const GRANTS = `@id("cleanup") @grant @owner("User::\\"maria\\"") @expires("2026-03-01T00:00:00Z")
permit (principal is Agent, action in Action::"change", resource)
when { context.now < datetime("2026-03-01T00:00:00Z") };
@id("spare") @grant @owner("User::\\"maria\\"") @expires("2026-03-01T00:00:00Z")
permit (principal == Agent::"spare", action == Action::"send", resource is Channel)
when { context.now < datetime("2026-03-01T00:00:00Z") };
`;

let folder = "";
const path = (name: string): string => join(folder, name);
const NOW = ["--now", "2026-02-03T09:00:00Z"];

/** Runs the command line here; standard output and error as text, and the exit code. */
async function bylaw(...words: readonly string[]) {
  const lines: string[] = [];
  const note = (text: unknown): void => void lines.push(String(text));
  const spies = [
    vi.spyOn(console, "log").mockImplementation(note),
    vi.spyOn(console, "error").mockImplementation(note),
  ];
  process.exitCode = 0;
  try {
    await main(["node", "bylaw", ...words]);
    return { text: lines.join("\n"), code: process.exitCode as number };
  } finally {
    process.exitCode = 0;
    for (const spy of spies) spy.mockRestore();
  }
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "bylaw-check-"));
  writeFileSync(
    path("bylaw.yaml"),
    "version: 1\npacks: [base]\npeople: { maria: {} }\npolicies: [policies]\n",
  );
  mkdirSync(path("policies"));
  writeFileSync(path("policies/own.cedar"), GRANTS);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A log of three table deletions in test, which rested on the grant \`cleanup\`. */
async function writeLog(data: string): Promise<void> {
  const loaded = await loadBundle({ sources: [{ file: "own.cedar", text: GRANTS }] });
  if (!loaded.ok) throw new Error("the policies do not load");
  const given: DecisionCase = {
    name: "x",
    expect: "allow",
    because: [],
    do: "delete Table::rows",
    in: ["Environment::test"],
    chain: ["Agent::cleaner"],
  };
  const facts = factsOfCase(loaded.value, given);
  const bytes = Buffer.from(canonicalize(facts as unknown as Json));
  const digest = bodyDigest(bytes);
  const decision = decide(loaded.value, facts);
  expect(decision.outcome).toBe("allow");
  const store = await openStore({ folder: data, origin: null, now: () => 0 });
  for (const day of ["01", "02", "20"]) {
    const intent = {
      v: 1,
      kind: "intent",
      at: `2026-01-${day}T08:00:00.000Z`,
      decision,
      action: {
        id: `a-${day}`,
        gateway: "mcp",
        upstream: "db",
        operation: "tools/call",
        target: "rows.delete",
        session: "s",
        credential: "c",
        assurance: "local",
        provenance: { labels: [], origins: ["user"], untrusted: false },
        chain: [{ type: "Agent", id: "cleaner" }],
        effects: [
          { action: "delete", resource: { type: "Table", id: "rows" }, atMost: 1, known: true },
        ],
        arguments: "hmac-sha256:x",
        digest: "sha256:x",
        facts: digest,
      },
    } satisfies IntentRecord;
    await store.log.append(intent, "sync", { digest, bytes });
  }
  await store.close();
}

describe("bylaw check", () => {
  it("passes clean policies and says what was read", async () => {
    const { text, code } = await bylaw("check", "--config", path("bylaw.yaml"), ...NOW);
    expect(code).toBe(0);
    expect(text).toMatch(/14 policies, 0 tools in the catalog: valid\nbundle sha256:/);
  });

  it("shows findings with place, line and carets, and fails from warnings on", async () => {
    const late = ["--now", "2026-04-01T00:00:00Z"];
    const { text, code } = await bylaw("check", "--config", path("bylaw.yaml"), ...late);
    expect(code).toBe(1);
    expect(text).toContain(
      [
        "warning[grant-expired]: `cleanup` ended at 2026-03-01T00:00:00.000Z and permits nothing any more",
        ` --> ${path("policies/own.cedar")}:1:49`,
        "  |",
        `1 | ${GRANTS.split("\n")[0]}`,
        `  | ${" ".repeat(48)}${"^".repeat(32)}`,
        "  = help: remove the grant, or have its owner renew it",
      ].join("\n"),
    );
    expect(text).toMatch(/2 warnings/);
  });

  it("reports what does not load in the same form, from the paths named", async () => {
    writeFileSync(
      path("broken.cedar"),
      '@id("x")\nforbid (principal, action, resource)\nwhen { context.aproved };\n',
    );
    const { text, code } = await bylaw(
      "check",
      path("broken.cedar"),
      "--config",
      path("bylaw.yaml"),
    );
    expect(code).toBe(1);
    expect(text).toMatch(
      /error\[policy\.invalid\]: .*aproved.*\n --> .*broken\.cedar:3:8\n {2}\|\n3 \| when/,
    );
    expect(text).not.toContain("valid\nbundle");
  });

  it("decides by --deny which findings fail", async () => {
    const { text, code } = await bylaw("check", "--config", path("bylaw.yaml"), ...NOW);
    expect([text.includes("note[undecided-action]"), code]).toEqual([true, 0]);
    const strict = await bylaw("check", "--config", path("bylaw.yaml"), ...NOW, "--deny", "note");
    expect(strict.code).toBe(1);
  });

  it("reads from a log what grants were used for", async () => {
    await writeLog(path("data"));
    const words = [
      "check",
      "--config",
      path("bylaw.yaml"),
      ...NOW,
      "--log",
      path("data"),
      "--json",
    ];
    const { text, code } = await bylaw(...words);
    expect(code).toBe(1);
    const { findings } = JSON.parse(text) as { findings: { rule: string; policy: string }[] };
    expect(findings.find(({ rule }) => rule === "grant-unused")).toMatchObject({
      policy: "spare",
      message: "`spare` was never used in 3 records from 2026-01-01 to 2026-01-20",
    });
    expect(
      findings.find(
        ({ rule, policy }) => rule === "permit-wider-than-used" && policy === "cleanup",
      ),
    ).toMatchObject({
      proposal:
        'permit (principal == Agent::"cleaner", action == Action::"delete", resource is Table in Environment::"test")',
    });
  });

  it.each([
    ["a path that is not there", ["check", "/nowhere/at/all.cedar"], "policy.invalid"],
    ["a log that is not there", ["check", "--log", "/nowhere"], ""],
    ["a time that is none", ["check", "--now", "soon"], "usage.now"],
    ["an unknown severity", ["check", "--deny", "all"], ""],
    ["--json beside --sarif", ["check", "--json", "--sarif"], ""],
  ])("ends with 2 on %s", async (_, words, error) => {
    const { text, code } = await bylaw(...words, "--config", path("bylaw.yaml"));
    expect(code).toBe(2);
    if (error === "usage.now") expect(text).toContain("not a time");
  });
});

describe("SARIF", () => {
  interface Sarif {
    readonly $schema: string;
    readonly version: string;
    readonly runs: readonly {
      readonly columnKind: string;
      readonly tool: {
        readonly driver: { readonly name: string; readonly rules: readonly Rule[] };
      };
      readonly results: readonly Result[];
    }[];
  }
  interface Rule {
    readonly id: string;
    readonly shortDescription: { readonly text: string };
    readonly help: { readonly text: string };
    readonly defaultConfiguration: { readonly level: string };
  }
  interface Result {
    readonly ruleId: string;
    readonly ruleIndex: number;
    readonly level: string;
    readonly message: { readonly text: string };
    readonly partialFingerprints: Readonly<Record<string, string>>;
    readonly suppressions?: readonly { readonly kind: string; readonly justification: string }[];
    readonly locations: readonly {
      readonly physicalLocation: {
        readonly artifactLocation: { readonly uri: string };
        readonly region: {
          readonly startLine: number;
          readonly startColumn?: number;
          readonly endColumn?: number;
        };
      };
    }[];
  }

  async function sarif(text: string): Promise<Sarif["runs"][number]> {
    writeFileSync(path("scan me.cedar"), text);
    const words = [path("scan me.cedar"), "--config", path("bylaw.yaml"), "--sarif"];
    const output = JSON.parse((await bylaw("check", ...words)).text) as Sarif;
    expect(output.version).toBe("2.1.0");
    expect(output.$schema).toContain("sarif-schema-2.1.0.json");
    expect(output.runs).toHaveLength(1);
    return output.runs[0] as Sarif["runs"][number];
  }

  it("has rules with help, and results with regions and fingerprints", async () => {
    const { columnKind, tool, results } = await sarif(
      `@id("😀") permit (principal, action, resource);\n${GRANTS}`,
    );
    expect(columnKind).toBe("utf16CodeUnits");
    expect(results.length).toBeGreaterThan(0);
    for (const { id, shortDescription, help, defaultConfiguration } of tool.driver.rules) {
      expect(id).toMatch(/^[a-z][a-z._-]+$/);
      expect([shortDescription.text, help.text].every((text) => text.length > 5)).toBe(true);
      expect(["none", "note", "warning", "error"]).toContain(defaultConfiguration.level);
    }
    for (const result of results) {
      expect(tool.driver.rules[result.ruleIndex]?.id).toBe(result.ruleId);
      expect(["note", "warning", "error"]).toContain(result.level);
      expect(Object.keys(result.partialFingerprints)).toEqual(["bylawFinding/v1"]);
      expect(result.locations).toHaveLength(1);
      const { artifactLocation, region } = result.locations[0]?.physicalLocation ?? {};
      expect(artifactLocation?.uri).not.toMatch(/[ \\]/);
      expect(region?.startLine).toBeGreaterThan(0);
      expect(region?.endColumn ?? 2).toBeGreaterThan(region?.startColumn ?? 1);
    }
  });

  it("has accepted findings as suppressed, and they do not fail the check", async () => {
    const accepted = GRANTS.split("@id").join(
      "// bylaw-ignore[grant-expired]: kept for the auditors\n@id",
    );
    const { results } = await sarif(accepted);
    const expired = results.filter(({ ruleId }) => ruleId === "grant-expired");
    expect(expired.map(({ suppressions }) => suppressions)).toEqual([
      [{ kind: "inSource", justification: "kept for the auditors" }],
      [{ kind: "inSource", justification: "kept for the auditors" }],
    ]);
    const { code } = await bylaw("check", path("scan me.cedar"), "--config", path("bylaw.yaml"));
    expect(code).toBe(0);
  });
});

it("names the bundle that `bylaw policy build` makes, threat lists included", async () => {
  const config = path("shield.yaml");
  writeFileSync(
    path("SHIELD.md"),
    [
      "## Active threats (compressed)",
      "| id | fingerprint | category | severity | confidence | action | title | recommendation_agent | expires_at | revoked |",
      "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
      "| T-1 | f1 | mcp | high | 0.9 | block | bad | BLOCK: MCP server name equals bad | null | false |",
      "",
    ].join("\n"),
  );
  writeFileSync(config, "version: 1\npacks: [base]\nshield: { files: [./SHIELD.md] }\n");
  const key = path("sign.key");
  writeFileSync(key, encodeSigningKey("check", new Uint8Array(32).fill(7)));
  const out = ["--out", path("shield.bundle.json"), "--key", key];
  const built = await bylaw("policy", "build", "--config", config, ...out, "--json");
  const checked = await bylaw("check", "--config", config, "--json");
  expect(JSON.parse(checked.text).bundle).toBe(JSON.parse(built.text).digest);
});
