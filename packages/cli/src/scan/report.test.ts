import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { filesBelow, firstLine, readText } from "./files.ts";
import { type FileReport, forMachines, forPeople, masked, sarif } from "./report.ts";

const SECRET = "hunter2!hunter2!";
const text = `one\ntwo password = "${SECRET}"\n`;
const start = text.indexOf(SECRET);
const report: FileReport = {
  file: "a\u001b[31m b.txt",
  text,
  findings: [{ rule: "secret.assigned-password", start, end: start + SECRET.length }],
  complete: true,
};

describe("a report", () => {
  it("for people says where and shows the start of a value at most", () => {
    const [line, ...more] = forPeople(report);
    expect(more).toEqual([]);
    expect(line).toContain("b.txt:2:17: secret.assigned-password: ");
    expect(line).toContain("hunt… (16 characters)");
    expect(line).not.toContain("\u001b");
    expect(line).not.toContain("hunter");
  });

  it.each(["", "a", "abc", "short", "a".repeat(100)])("masks %j", (value) => {
    const shown = masked(value).split("…")[0] ?? "";
    expect(shown.length * 4).toBeLessThanOrEqual(Math.max(value.length, 0));
    expect(shown.length).toBeLessThanOrEqual(4);
  });

  it("for machines and code hosts has places and no text", () => {
    expect(forMachines(report)).toEqual({
      file: report.file,
      complete: true,
      findings: [{ ...report.findings[0], line: 2, column: 17 }],
    });
    const document = JSON.stringify(sarif([report], "1.0.0"));
    expect(document).toContain(
      '"region":{"startLine":2,"startColumn":17,"endLine":2,"endColumn":33}',
    );
    expect(document).toContain('"level":"error"');
    expect(document + JSON.stringify(forMachines(report))).not.toContain(SECRET);
  });
});

describe("files", () => {
  const folder = (): string => {
    const made = mkdtempSync(join(tmpdir(), "bylaw-scan-"));
    onTestFinished(() => rmSync(made, { recursive: true }));
    return made;
  };

  it("are found below folders, without links and what tools make", () => {
    const root = folder();
    for (const path of ["b", ".git", "node_modules"]) mkdirSync(join(root, path));
    for (const path of ["a.txt", "b/c.txt", ".git/x", "node_modules/y"])
      writeFileSync(join(root, path), "x");
    symlinkSync(root, join(root, "b", "loop"));
    expect(filesBelow([root])).toEqual([join(root, "a.txt"), join(root, "b", "c.txt")]);
    expect(() => filesBelow([join(root, "none")])).toThrow(/cannot read/);
  });

  it("are read as text, and not when they are none", async () => {
    const root = folder();
    writeFileSync(join(root, "a"), "first\nsecond");
    writeFileSync(join(root, "b"), Buffer.from([1, 0, 2]));
    expect(await readText(join(root, "a"))).toBe("first\nsecond");
    expect(await firstLine(join(root, "a"))).toBe("first");
    expect(await readText(join(root, "b"))).toBeNull();
  });
});
