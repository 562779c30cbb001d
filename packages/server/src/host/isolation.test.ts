import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parseConfig } from "../config/load.ts";
import { changeablePlaces, runtimeProblems } from "./isolation.ts";

const uid = process.getuid?.() ?? 0;
let folder: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "bylaw-isolation-")));
});
afterEach(() => rmSync(folder, { recursive: true }));

function file(name: string, mode: number): string {
  const path = join(folder, name);
  writeFileSync(path, "version: 1\n");
  chmodSync(path, mode);
  return path;
}

describe("places that others can change", () => {
  it("are none in a folder of one's own, also below one like /tmp", () => {
    chmodSync(folder, 0o755);
    expect(changeablePlaces([file("a", 0o644)], uid)).toEqual([]);
  });

  it.each([
    ["a file for everybody", 0o666],
    ["a file for a group", 0o664],
  ])("are found: %s", (_, mode) => {
    const path = file("a", mode);
    expect(changeablePlaces([path], uid)).toEqual([`\`${path}\` can be changed by other users`]);
  });

  it("are found above a file, where another could be put in its place", () => {
    const path = file("a", 0o600);
    chmodSync(folder, 0o777);
    expect(changeablePlaces([path], uid)).toEqual([`\`${folder}\` can be changed by other users`]);
  });

  it("are found where they belong to somebody else, and each once", () => {
    const path = file("a", 0o600);
    const problems = changeablePlaces([path, path], uid === 0 ? 4_242 : -1);
    // What root owns is nobody else's to change.
    const own = uid === 0 ? [] : [path, folder].map((at) => `\`${at}\` belongs to another user`);
    expect(problems).toEqual(own);
  });
});

describe("a gateway that is to be out of reach", () => {
  it("is not where its data, its configuration or its runtime folder are open", () => {
    const path = file("bylaw.yaml", 0o666);
    const config = parseConfig(path, "version: 1\n");
    if (!config.ok) throw new Error("the configuration of this test is not valid");
    const [data, runtime] = [join(folder, "data"), join(folder, "run")];
    mkdirSync(data, { mode: 0o750 });
    mkdirSync(runtime);
    chmodSync(runtime, 0o777);
    const problems = runtimeProblems(runtime, config.value, data);
    expect(problems).toContain(`\`${data}\` is not this user's alone (mode 0700)`);
    expect(problems).toContain(`\`${path}\` can be changed by other users`);
    expect(problems).toContain(`\`${runtime}\` is not a folder of this user alone`);
    expect(problems.includes("it runs as root: give it a user of its own")).toBe(uid === 0);
    expect(runtimeProblems(join(folder, "none"), config.value, data)).toContain(
      `\`${join(folder, "none")}\` is not a folder of this user alone`,
    );
  });
});
