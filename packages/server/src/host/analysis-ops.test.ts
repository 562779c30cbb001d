import { mkdirSync, mkdtempSync, realpathSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createAnalysisOps } from "./analysis-ops.ts";

const ops = createAnalysisOps(() => new Uint8Array(32));
const folder = realpathSync(mkdtempSync(join(tmpdir(), "bylaw-paths-")));
mkdirSync(join(folder, "inside"));
mkdirSync(join(folder, "outside"));
symlinkSync(join(folder, "outside"), join(folder, "inside", "link"));
symlinkSync("../outside/new", join(folder, "inside", "dangling"));
symlinkSync("loop", join(folder, "inside", "loop"));

describe("realPath", () => {
  it.each([
    ["a path that does not exist yet", "inside/a/b", "inside/a/b"],
    ["a link to a folder", "inside/link/x", "outside/x"],
    ["a link whose target does not exist yet", "inside/dangling", "outside/new"],
    ["a way out and back", "inside/../outside/./x", "outside/x"],
  ])("resolves %s", (_what, path, expected) => {
    expect(ops.realPath(join(folder, path))).toBe(join(folder, expected));
  });

  it("gives up on a loop", () => {
    expect(ops.realPath(join(folder, "inside", "loop"))).toBeNull();
  });
});

describe("fileDigest", () => {
  it("follows the content, and tells absence", () => {
    const path = join(folder, "file");
    expect(ops.fileDigest(path)).toBe("absent");
    writeFileSync(path, "one");
    const first = ops.fileDigest(path);
    expect(first).toMatch(/^sha256:/);
    writeFileSync(path, "other");
    expect(ops.fileDigest(path)).not.toBe(first);
  });
});

describe("listFolder", () => {
  it("names what stands there, folders and links to them with a slash", () => {
    const names = [...(ops.listFolder(join(folder, "inside"), 3) ?? [])].sort();
    expect(names).toEqual(["dangling", "link/", "loop"]);
    expect(ops.listFolder(join(folder, "outside"), 0)).toEqual([]);
  });

  it("says nothing of what has too much, is no folder or is not there", () => {
    expect(ops.listFolder(join(folder, "inside"), 2)).toBeNull();
    expect(ops.listFolder(join(folder, "file"), 9)).toBeNull();
    expect(ops.listFolder(join(folder, "none"), 9)).toBeNull();
  });
});

it.skipIf(process.platform !== "linux")(
  "needs Linux: does not follow a file without an end",
  () => {
    expect(ops.fileDigest("/proc/self/environ")).toBeNull();
  },
);

it("gives up on a path of more segments than anybody needs", () => {
  expect(ops.realPath(`${folder}/${"x/".repeat(400)}f`)).toBeNull();
});

it("refuses keyed digests once the key was destroyed", () => {
  const other = createAnalysisOps(() => new Uint8Array(32).fill(1));
  expect(other.keyedDigest("x")).not.toBe(ops.keyedDigest("x"));
});
