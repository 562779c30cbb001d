import { spawnSync } from "node:child_process";
import { expect, it } from "vitest";
import { KEEP_COMPILED, keepCompiled } from "./compiled.ts";

const usual = {
  execPath: "/usr/bin/node",
  execArgv: ["--enable-source-maps"],
  argv: ["/usr/bin/node", "/opt/bylaw.js", "up", "--port", "0"],
  platform: "linux",
  versions: { node: "22.15.0" },
};

function restarted(own: object): readonly string[] | null {
  let words: readonly string[] | null = null;
  keepCompiled({
    ...usual,
    ...own,
    execve: (file, args) => {
      expect(file).toBe(usual.execPath);
      words = args;
    },
  });
  return words;
}

it("starts again with the flag, before everything that was said", () => {
  const words = [KEEP_COMPILED, "--enable-source-maps", "/opt/bylaw.js", "up", "--port", "0"];
  expect(restarted({})).toEqual(["/usr/bin/node", ...words]);
});

it("goes on where it has the flag, a parent, no execve, or a Node that may not know the flag", () => {
  expect(restarted({ execArgv: [KEEP_COMPILED] })).toBeNull();
  expect(restarted({ channel: {} })).toBeNull();
  expect(restarted({ platform: "win32" })).toBeNull();
  expect(restarted({ versions: { node: "27.0.0" } })).toBeNull();
  expect(() => keepCompiled(usual)).not.toThrow();
});

it("is a flag that this Node starts with", () => {
  const { status, stderr } = spawnSync(process.execPath, [KEEP_COMPILED, "--eval", "0"]);
  expect([status, stderr.toString()]).toEqual([0, ""]);
});
