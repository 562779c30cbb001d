import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { analyze } from "./analyze.ts";
import { parseCatalog } from "./catalog/parse.ts";
import { memoryOps } from "./memory-ops.ts";
import { isOwnAddress, namesBylaw } from "./own.ts";
import { call, WORLD } from "./testdata/fixture.ts";
import type { World } from "./world.ts";

const parsed = parseCatalog(
  "test",
  `version: 1
tools:
  files/run: { shell: { argument: command, dialect: bash } }
  files/fetch: { url: { argument: url, method: { argument: method } } }
`,
);
if (!parsed.ok) throw new Error("the catalog of this test is invalid");
const catalog = parsed.value;
const ops = memoryOps({ files: {} });

/** What the base pack forbids agents: to change what is Bylaw's, or to read what is kept from everybody. */
function refused(tool: string, args: Record<string, unknown>, world: World = WORLD): boolean {
  const { effects } = analyze(call("files", tool, args as never), world, catalog, ops);
  return effects.some(({ action, resource }) => {
    const classes = resource.parents.filter(({ type }) => type === "Class").map(({ id }) => id);
    const looks = ["read", "list"].includes(action);
    const reaches = ["connect", "send", "execute"].includes(action);
    return looks ? classes.includes("credentials") : !reaches && classes.includes("bylaw");
  });
}
const runs = (command: string, world?: World): boolean => refused("run", { command }, world);

const APPROVE = "approvals approve apr_1";

describe("an administrative command of Bylaw is seen", () => {
  it.each([
    ["as it is", `bylaw ${APPROVE}`],
    ["by its path", `/usr/local/bin/bylaw ${APPROVE}`],
    ["in the project", `node_modules/.bin/bylaw ${APPROVE}`],
    ["as a script of node", `node node_modules/bylaw/bin/bylaw.js ${APPROVE}`],
    ["through npx", `npx bylaw ${APPROVE}`],
    ["through npx, of a version", `npx -y bylaw@latest ${APPROVE}`],
    ["through npm", `npm exec -- bylaw ${APPROVE}`],
    ["through pnpm", `pnpm dlx bylaw ${APPROVE}`],
    ["through yarn", `yarn bylaw ${APPROVE}`],
    ["through bun", `bunx bylaw ${APPROVE}`],
    ["for another data folder", `BYLAW_DATA=/x bylaw ${APPROVE}`],
    ["with options in front", `bylaw --data /x ${APPROVE}`],
    ["in a clean environment", `env -i bylaw ${APPROVE}`],
    ["as another user", `sudo -u bylaw bylaw ${APPROVE}`],
    ["as another user, by su", `su bylaw -c 'bylaw ${APPROVE}'`],
    ["as another user, by runuser", `runuser -u bylaw -- bylaw ${APPROVE}`],
    ["in a shell of its own", `bash -lc "bylaw ${APPROVE}"`],
    ["in a script that was just written", `echo 'bylaw ${APPROVE}' > x.sh; sh x.sh`],
    ["through a variable", `b=bylaw; $b ${APPROVE}`],
    ["with a backslash", `by\\law ${APPROVE}`],
    ["in quotes", `'by'law ${APPROVE}`],
    ["under an alias", `alias s=bylaw; s ${APPROVE}`],
    ["in a function", `f() { bylaw ${APPROVE}; }; f`],
    ["for xargs", "echo apr_1 | xargs bylaw approvals approve"],
    ["for find", `find . -maxdepth 0 -exec bylaw ${APPROVE} \\;`],
    ["answered in advance", `yes | bylaw ${APPROVE}`],
    ["on a pseudo-terminal of script", `script -qc 'bylaw ${APPROVE}' /dev/null`],
    ["on a pseudo-terminal of expect", `expect -c 'spawn bylaw ${APPROVE}; interact'`],
    [
      "on a pseudo-terminal of Python",
      `python3 -c 'import pty; pty.spawn(["bylaw","approvals","approve","apr_1"])'`,
    ],
    ["on another terminal", `tmux new -d 'bylaw ${APPROVE}'`],
    ["in JavaScript", `node -e 'require("child_process").execSync("bylaw ${APPROVE}")'`],
    ["in Perl", `perl -e 'system("bylaw ${APPROVE}")'`],
    ["later", `crontab - <<< '* * * * * bylaw ${APPROVE}'`],
    ["as a service", `systemd-run --user bylaw ${APPROVE}`],
    ["to switch it off", "bylaw down"],
    ["to let go on", "bylaw resume --all --reason done"],
    ["after one that only looks", "bylaw status; bylaw grant add"],
  ])("%s", (_, command) => {
    expect(runs(command)).toBe(true);
  });

  it.each([
    ["that only looks", "bylaw status"],
    ["that tests policies", "bylaw test policies/"],
    ["in what is only told", `echo 'bylaw ${APPROVE}'`],
    ["in the message of a commit", `git commit -m 'docs: explain bylaw ${APPROVE}'`],
    ["in a name alone", "python3 tools/bylaw_report.py"],
    ["that is looked for", "grep -rn 'bylaw halt' docs"],
  ])("and not where it is none: %s", (_, command) => {
    expect(runs(command)).toBe(false);
  });
});

describe("the gateway itself is out of reach", () => {
  it.each([
    ["its socket, by curl", "curl --unix-socket ~/.local/state/bylaw/admin.sock http://x/stop"],
    [
      "its socket, by curl with an equals sign",
      "curl --unix-socket=/home/u/.local/state/bylaw/admin.sock http://x/",
    ],
    ["its socket, by netcat", "nc -U /home/u/.local/state/bylaw/admin.sock"],
    ["its socket, by socat", "socat - UNIX-CONNECT:/home/u/.local/state/bylaw/admin.sock"],
    [
      "its socket, by Python",
      `python3 -c 'import socket; socket.socket(1).connect("/home/u/.local/state/bylaw/x.sock")'`,
    ],
    ["its token", "cat ~/.local/state/bylaw/admin.token"],
    ["its log", "sqlite3 ~/.local/state/bylaw/bylaw.db 'delete from log'"],
    ["its keys, by a pattern", "cat ~/.local/state/bylaw/*"],
    ["its process, by name", "pkill -f bylaw"],
    ["its process, looked up", "kill $(pgrep bylaw)"],
    ["its process, by the file that names it", "kill $(jq .pid x/gateway.json)"],
    ["its process, by number", "kill -9 4242"],
    ["its service", "systemctl stop bylaw"],
    ["its address", "curl -X POST http://127.0.0.1:7117/approvals/apr_1/approve"],
    ["its address, by name", "curl -d x http://localhost:7117/"],
    ["its address, on IPv6", "wget --post-data=x http://[::1]:7117/x"],
    ["its address, short", "curl -d x http://127.1:7117"],
    ["its address, as a number", "curl -d x http://2130706433:7117"],
    ["its address, as nothing", "curl -d x http://0:7117"],
    ["its address, mapped", "curl -d x 'http://[::ffff:127.0.0.1]:7117'"],
    ["its address, behind a proxy", "curl -X DELETE https://bylaw.example.com/x"],
    ["its address, by a bare connection", "echo x | nc 127.0.0.1 7117"],
  ])("%s", (_, command) => {
    expect(runs(command)).toBe(true);
  });

  it("through a tool that sends requests", () => {
    const url = "http://127.0.0.1:7117/v1/delegations";
    expect(refused("fetch", { url, method: "POST" })).toBe(true);
    expect(refused("fetch", { url, method: "GET" })).toBe(false);
    expect(refused("fetch", { url: "http://127.0.0.1:8000/", method: "POST" })).toBe(false);
  });

  it("and other processes, ports and folders are not", () => {
    for (const command of ["kill -9 4243", "curl -d x http://127.0.0.1:3000", "ls ~/.local/state"])
      expect([command, runs(command)]).toEqual([command, false]);
    const { own: _, ...nowhere } = WORLD;
    expect(runs("curl -d x http://127.0.0.1:7117", nowhere)).toBe(false);
  });

  it("whatever port of this machine it has", () => {
    fc.assert(
      fc.property(
        fc.constantFrom("127.0.0.1", "localhost", "[::1]", "127.8.4.2", "a.localhost", "0.0.0.0"),
        fc.integer({ min: 1, max: 65_535 }),
        fc.integer({ min: 1, max: 65_535 }),
        (name, port, asked) => {
          const own = { folders: [], process: 1, addresses: [{ name: "127.0.0.1", port }] };
          expect(isOwnAddress(name, asked, { ...WORLD, own })).toBe(port === asked);
          expect(isOwnAddress("127.0.0.1.example", port, { ...WORLD, own })).toBe(false);
        },
      ),
    );
  });

  it("is looked for in linear time", () => {
    const text = `bylaw ${"-x ".repeat(50_000)}bylaw${" '".repeat(50_000)}`;
    expect(namesBylaw(text, WORLD)).toBe(false);
  });
});
