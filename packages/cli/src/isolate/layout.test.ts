import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { layoutOf, scriptText, unitText } from "./layout.ts";

const folder = mkdtempSync(join(tmpdir(), "bylaw-layout-"));
afterAll(() => rmSync(folder, { recursive: true }));

const layout = layoutOf("bylaw");
const PLAIN = { node: "/usr/bin/node", script: "/usr/lib/node_modules/bylaw/bin/bylaw.js" };
const ODD = { node: "/opt/no de/100%/node", script: "/opt/it's/$HOME/by\"law.js" };

describe("the unit", () => {
  it("gives the gateway nothing that it does not need", () => {
    const lines = unitText(PLAIN, layout, false).split("\n");
    expect(lines).toContain(
      "ExecStart=/usr/bin/node --no-memory-reducer /usr/lib/node_modules/bylaw/bin/bylaw.js up --isolated /run/bylaw --config /etc/bylaw/bylaw.yaml --data /var/lib/bylaw",
    );
    for (const line of [
      "User=bylaw",
      "NoNewPrivileges=yes",
      "CapabilityBoundingSet=",
      "ProtectSystem=strict",
      "ProtectHome=yes",
      "PrivateTmp=yes",
      "StateDirectoryMode=0700",
      "UMask=0077",
    ])
      expect(lines).toContain(line);
    expect(unitText(PLAIN, layout, true)).toContain("ProtectHome=read-only\n");
  });

  it("quotes what systemd would read otherwise", () => {
    const text = unitText(ODD, layout, false);
    expect(text).toContain(
      String.raw`ExecStart="/opt/no de/100%%/node" --no-memory-reducer "/opt/it's/$$HOME/by\"law.js" up`,
    );
  });
});

describe("the script", () => {
  it("is one that a shell reads", () => {
    const path = join(folder, "script");
    writeFileSync(path, scriptText(ODD, layout));
    expect(spawnSync("sh", ["-n", path], { encoding: "utf8" })).toMatchObject({
      status: 0,
      stderr: "",
    });
    const usage = spawnSync("sh", [path], { encoding: "utf8" });
    expect(usage).toMatchObject({ status: 2, stderr: `usage: ${path} run|start|stop|status\n` });
    expect(spawnSync("sh", [path, "status"]).status).toBe(3);
  });

  it("starts exactly the words that were given", () => {
    const [, command = ""] = /set -- (.*)\n/.exec(scriptText(ODD, layout)) ?? [];
    const said = spawnSync("sh", ["-c", `printf '%s\\n' ${command}`], { encoding: "utf8" });
    expect(said.stdout.split("\n").slice(0, 4)).toEqual([
      ODD.node,
      "--no-memory-reducer",
      ODD.script,
      "up",
    ]);
  });
});
