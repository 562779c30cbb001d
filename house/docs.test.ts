import { describe, expect, it } from "vitest";
import { commandsOf, docs } from "./docs.ts";
import { report, repository } from "./repository.ts";

it("the repository's pages link to what exists and name real commands", () => {
  const files = repository();
  expect(report(docs(files, commandsOf(files)))).toEqual([]);
});

const COMMANDS: ReadonlySet<string> = new Set(["up"]);
const findings = (text: string): readonly string[] =>
  docs(
    [
      { path: "docs/page.md", text },
      { path: "docs/other.md", text: "# One thing: `two` & more\n" },
    ],
    COMMANDS,
  ).map(({ rule }) => rule);

describe("docs", () => {
  it("is red when it saw nothing", () => {
    expect(() => docs([], COMMANDS)).toThrow(/saw no/);
  });

  it.each([
    ["docs.link", "see [this](missing.md)"],
    ["docs.link", "see [this](../docs/missing/)"],
    ["docs.anchor", "see [this](other.md#two-things)"],
    ["docs.anchor", "see [this](#here)"],
    ["docs.command", "```sh\nbylaw fly\n```"],
    ["docs.command", "```sh\n$ npx bylaw fly --now\n```"],
  ])("is red: %s in %j", (rule, text) => {
    expect(findings(text)).toEqual([rule]);
  });

  it.each([
    "see [a](other.md), [b](../docs), [c](https://example.org/x) and [d](other.md#one-thing-two--more)",
    "`[no](link.md)` and\n```\n[no](link.md)\n```",
    "```sh\nbylaw up\n```\nprose about bylaw flying",
  ])("is green on %j", (text) => {
    expect(findings(text)).toEqual([]);
  });

  it("takes the commands from the CLI's folder", () => {
    const files = [{ path: "packages/cli/src/commands/audit.ts", text: "" }];
    expect(commandsOf(files)).toEqual(new Set(["audit"]));
    expect(commandsOf([])).toBeNull();
  });
});
