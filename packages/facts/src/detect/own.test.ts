import { describe, expect, it } from "vitest";
import { findingsOf } from "./arguments.ts";
import { OWN_DETECTORS_MAX, OWN_SCAN_MAX } from "./limits.ts";
import { type OwnDetectors, type OwnSpec, ownDetectors, patternProblem } from "./own.ts";
import { isDetector, redactJson } from "./redact.ts";

const spec = (name: string, pattern: string, more: Partial<OwnSpec> = {}): OwnSpec => ({
  name,
  pattern,
  kind: "personal",
  severity: "high",
  title: name,
  ...more,
});

function compiled(...specs: readonly OwnSpec[]): OwnDetectors {
  const found = ownDetectors(specs);
  if (!found.ok) throw new Error(found.error);
  return found.value;
}

const NUMBER = spec("number", "\\bEMP-[0-9]{6}\\b");
const found = (pattern: string, text: string): readonly string[] | null =>
  compiled(spec("x", pattern))
    .search()
    .find(text)
    ?.map(({ start, end }) => text.slice(start, end)) ?? null;

describe("a pattern", () => {
  it.each(["(?=a)", "(a)\\1", "a*", "", "(", "[a", "a{1001}", "(a|)", "^", "x".repeat(1_001)])(
    "%.20j is refused",
    (pattern) => expect(patternProblem(pattern)).not.toBeNull(),
  );

  it.each(["EMP-[0-9]{6}", "(?i)project (falcon|heron)", "\\bx\\b", "^a", "a$"])(
    "%j is taken",
    (pattern) => expect(patternProblem(pattern)).toBeNull(),
  );

  it("that cannot be used refuses all of them, and so do too many", () => {
    expect(ownDetectors([NUMBER, spec("bad", "(?=a)")]).ok).toBe(false);
    const many = Array.from({ length: OWN_DETECTORS_MAX + 1 }, (_, at) => spec(`n${at}`, "a"));
    expect(ownDetectors(many).ok).toBe(false);
  });
});

describe("a search", () => {
  it.each([
    ["\\bEMP-[0-9]{6}\\b", "see EMP-123456, not XEMP-123456", ["EMP-123456"]],
    ["(?i)falcon", "Falcon FALCON falcons", ["Falcon", "FALCON", "falcon"]],
    ["^a", "ab\nab", ["a"]],
    ["b$", "ab ab", ["b"]],
    [".b", "😀b", ["😀b"]],
  ])("for %s", (pattern, text, expected) => expect(found(pattern, text)).toEqual(expected));

  it("finds each match once, wherever stretches of the text end", () => {
    for (const before of [0, 1, 1_983, 2_047, 2_048, 2_049, 4_095, 5_000]) {
      const text = `${"- ".repeat(before)}EMP-123456${" -".repeat(3_000)}EMP-654321`;
      expect(found("\\bEMP-[0-9]{6}\\b", text)).toEqual(["EMP-123456", "EMP-654321"]);
    }
  });

  it("ends, and says so, where a text would cost too much", () => {
    const { find } = compiled(spec("x", "x.*y|x")).search();
    expect(find("x".repeat(OWN_SCAN_MAX / 1_024))).toBeNull();
    expect(find("once spent, it stays spent")).toBeNull();
  });
});

describe("arguments", () => {
  const own = compiled(NUMBER, spec("name", "falcon", { kind: "secret" }));

  it.each([
    [{ text: "EMP-123456" }, ["own.number"]],
    [{ "EMP-123456": 1 }, ["own.number"]],
    [{ deep: [{ text: "falcon" }] }, ["secret.in-payload", "own.name"]],
    [{ text: "EMP-12345" }, []],
  ])("%j have %j", (args, expected) => expect(findingsOf(args, own)).toEqual(expected));

  it("of a secret that is only worth a look hold no secret", () => {
    const low = compiled(spec("low", "falcon", { kind: "secret", severity: "low" }));
    expect(findingsOf({ text: "falcon" }, low)).toEqual(["own.low"]);
  });

  it("that cost too much, or lie too deep, count as holding everything", () => {
    const all = ["secret.in-payload", "own.number", "own.name"];
    expect(findingsOf({ text: "- ".repeat(OWN_SCAN_MAX / 2) }, own)).toEqual(all);
    let deep: Record<string, unknown> = {};
    for (let at = 0; at < 100; at += 1) deep = { deep };
    expect(findingsOf(deep as Parameters<typeof findingsOf>[0], own)).toEqual(all);
  });
});

describe("a result", () => {
  const own = compiled(NUMBER);

  it("loses what an own detector finds, by id, name or kind", () => {
    for (const name of ["own.number", "number", "personal"]) {
      expect(isDetector(name, own)).toBe(true);
      expect(redactJson({ text: "is EMP-123456." }, [name], own)).toEqual({
        text: "is [redacted: own.number].",
      });
    }
    expect(redactJson({ text: "is EMP-123456." }, ["secrets"], own)).toEqual({
      text: "is EMP-123456.",
    });
  });

  it("of a detector that is not there, or of too much text, is withheld", () => {
    expect(isDetector("own.number")).toBe(false);
    expect(redactJson({ text: "EMP-123456" }, ["own.number"])).toBeNull();
    expect(redactJson({ text: "- ".repeat(OWN_SCAN_MAX) }, ["own.number"], own)).toBeNull();
  });
});
