import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { main } from "../main.ts";

const POLICY = `@id("no-big-deletes") @reason("more than 100 rows at once")
forbid (principal is Agent, action == Action::"delete", resource is Table)
when { context.quantity.atMost > 100 };
@id("no-spending") forbid (principal, action == Action::"spend", resource);
`;
const GOOD = `packs: [base, starter]
cases:
  - name: 500 rows
    do: delete Table::customers
    quantity: 500
    expect: block
    because: [no-big-deletes, starter-bulk-delete]
`;

let folder = "";
const path = (name: string): string => join(folder, name);

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
  folder = mkdtempSync(join(tmpdir(), "bylaw-test-"));
  for (const name of ["policies", "failing", "broken", "empty"]) mkdirSync(path(name));
  writeFileSync(path("bylaw.yaml"), "version: 1\npacks: [base, starter]\npolicies: [policies]\n");
  writeFileSync(path("policies/own.cedar"), POLICY);
  writeFileSync(path("policies/own.test.yaml"), GOOD);
  writeFileSync(path("failing/own.cedar"), POLICY);
  writeFileSync(path("failing/own.test.yaml"), GOOD.replace("quantity: 500", "quantity: 50"));
  writeFileSync(path("broken/own.test.yaml"), GOOD.replace("quantity", "quanity"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("bylaw test", () => {
  const config = (): readonly string[] => ["--config", path("bylaw.yaml")];

  it("runs the tests beside the configuration's policies", async () => {
    const { text, code } = await bylaw("test", ...config());
    expect(code).toBe(0);
    expect(text).toBe(
      `ok      ${path("policies/own.test.yaml")}  1 of 1 cases\n1 passed, 0 failed`,
    );
  });

  it("lists policies that decide no case, and fails below the share asked for", async () => {
    const { text, code } = await bylaw("test", ...config(), "--coverage-min", "50");
    expect(code).toBe(0);
    expect(text).toContain("coverage: 1 of 2 policies decide some case (50%)");
    expect(text).toContain(`${path("policies/own.cedar")}:4:20  \`no-spending\` decides no case`);
    expect((await bylaw("test", ...config(), "--coverage-min", "51")).code).toBe(1);
  });

  it("shows the difference, and the clause that kept a policy from matching", async () => {
    const { text, code } = await bylaw("test", path("failing"));
    expect(code).toBe(1);
    expect(text).toContain("because  expected  no-big-deletes, starter-bulk-delete");
    expect(text).toContain("         got       starter-bulk-delete");
    expect(text).toContain(
      `- no-big-deletes did not decide: \`context.quantity.atMost > 100\` is not true  (${path("failing/own.cedar")}:2:1)`,
    );
    expect(text).toContain("0 passed, 1 failed");
  });

  it("ends with 2 when a file did not run, with the place of every mistake", async () => {
    const { text, code } = await bylaw("test", path("policies"), path("broken"));
    expect(code).toBe(2);
    expect(text).toContain(
      `${path("broken/own.test.yaml")}:5:5: unknown key \`quanity\`; did you mean \`quantity\`? (test.unknown_key)`,
    );
    expect(text).toContain("1 passed, 0 failed, 1 of 2 files did not run");
  });

  it("runs the packs' own tests, which make every policy of theirs decide", async () => {
    const { text, code } = await bylaw("test", ...config(), "--packs", "--json");
    expect(code).toBe(0);
    expect(JSON.parse(text)).toMatchObject({
      failed: 0,
      coverage: { missing: [{ id: "no-spending" }] },
    });
  });

  it("writes JUnit XML, also of files that did not run", async () => {
    const file = path("results.xml");
    const words = [path("failing"), path("broken"), "--junit", file];
    expect((await bylaw("test", ...words)).code).toBe(2);
    const xml = readFileSync(file, "utf8");
    expect(xml).toMatch(/<testsuite name="[^"]*failing[^"]*" tests="1" failures="1" errors="0">/);
    expect(xml).toContain('<failure message="because  expected  no-big-deletes');
    expect(xml).toContain("`context.quantity.atMost &gt; 100` is not true");
    expect(xml).toMatch(
      /tests="1" failures="0" errors="1">\n.*\n\s+<error message="5:5 unknown key/,
    );
  });

  it.each([
    ["no tests", ["test", "EMPTY"], "no policy tests found"],
    ["a path that is not there", ["test", "/nowhere/x.test.yaml"], "cannot be read (ENOENT)"],
    ["a share that is none", ["test", "--coverage-min", "most"], "not a percentage"],
    ["results that cannot be written", ["test", "--junit", "/nowhere/x.xml"], "cannot be written"],
  ])("ends with 2 on %s", async (_, words, message) => {
    const named = words.map((word) => (word === "EMPTY" ? path("empty") : word));
    const { text, code } = await bylaw(...named, ...config());
    expect([code, text.includes(message)]).toEqual([2, true]);
  });
});
