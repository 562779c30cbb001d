import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { InputTooLarge, readInput } from "./input-file.ts";

const folder = mkdtempSync(join(tmpdir(), "bylaw-input-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it.each([
  ["nothing", ""],
  ["exactly as much as allowed", "é".repeat(50_000)],
])("reads a file of %s", (_, text) => {
  const file = join(folder, "file");
  writeFileSync(file, text);
  expect(readInput(file, 100_000)).toBe(text);
});

it("stops one byte behind the limit", () => {
  const file = join(folder, "file");
  writeFileSync(file, "x".repeat(101));
  expect(() => readInput(file, 100)).toThrow(InputTooLarge);
});

it.skipIf(process.platform === "win32")(
  "stops in a device that has no end, which needs /dev/zero",
  () => {
    expect(() => readInput("/dev/zero", 1_000_000)).toThrow(InputTooLarge);
  },
);

it.skipIf(process.platform === "win32")("reads what a pipe brings, which needs mkfifo", () => {
  const pipe = join(folder, "pipe");
  execFileSync("mkfifo", [pipe]);
  const writer = spawn("sh", ["-c", `printf 'one two' > '${pipe}'`]);
  expect(readInput(pipe, 100)).toBe("one two");
  writer.kill();
});

it("does not read a folder, nor what is not there", () => {
  expect(() => readInput(folder, 100)).toThrow(/EISDIR/);
  expect(() => readInput(join(folder, "none"), 100)).toThrow(/ENOENT/);
});
