import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const COMMAND = fileURLToPath(new URL("../bin/bylaw.js", import.meta.url));

const moduleOf = (text: string): string => `data:text/javascript,${encodeURIComponent(text)}`;
/** Writes the address of every module to standard error as it is loaded. */
const TELL = moduleOf(
  'import { writeSync } from "node:fs";' +
    'export function load(url, context, next) { writeSync(2, url + "\\n"); return next(url, context); }',
);
const REGISTER = moduleOf(
  `import { register } from "node:module"; register(${JSON.stringify(TELL)});`,
);

/** Packages of Bylaw of which a command loads anything. */
async function loadedBy(command: string): Promise<ReadonlySet<string>> {
  const words = ["--import", REGISTER, COMMAND, command, "--help"];
  const { stderr } = await promisify(execFile)(process.execPath, words);
  return new Set([...stderr.matchAll(/\/packages\/(\w+)\/dist\//g)].map(([, name]) => name ?? ""));
}

it.each(["status", "down", "halt", "resume", "approvals", "agent", "definitions"])(
  "%s asks the gateway and loads nothing that decides or keeps",
  async (command) => {
    const loaded = await loadedBy(command);
    expect([...loaded].sort()).toEqual(["cli", "core", "server"]);
  },
);

it("up loads all of it", async () => {
  expect(await loadedBy("up")).toContain("facts");
});
