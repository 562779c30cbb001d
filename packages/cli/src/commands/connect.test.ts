import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadConfig, type RunningServer } from "@bylaw/server";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { startGateway } from "../../testdata/running.ts";
import { main } from "../main.ts";

/** Milliseconds that a start may take on a machine with much else to do. */
const START_MAX_MS = 60_000;
const CONFIG = "# mine\nversion: 1\npacks: []\nupstreams: {} # none yet\n";
const SECRET = "s3cret-value-of-the-server";
const FILE = `{
  // what we use
  "mcpServers": {
    "notes": { "command": "node", "args": ["notes.js"], "env": { "KEY": "${SECRET}" } },
  },
}
`;

let folder: string;
let server: RunningServer | undefined;
let file: string;
let printed: string[];

beforeAll(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "bylaw-connect-")));
  writeFileSync(join(folder, "empty.yaml"), CONFIG);
  server = await startGateway(join(folder, "empty.yaml"), join(folder, "data"));
}, START_MAX_MS);

afterAll(async () => {
  await server?.stop();
  rmSync(folder, { recursive: true });
});

beforeEach(() => {
  writeFileSync(join(folder, "bylaw.yaml"), CONFIG, { mode: 0o644 });
  file = join(folder, "mcp.json");
  writeFileSync(file, FILE);
  chmodSync(file, 0o640);
  printed = [];
  for (const out of ["log", "error"] as const)
    vi.spyOn(console, out).mockImplementation((line: unknown) => void printed.push(String(line)));
  vi.spyOn(process, "argv", "get").mockReturnValue([process.execPath, "/opt/bylaw/bin/bylaw.js"]);
});

afterEach(async () => {
  await run("disconnect", "mcp-json", "--yes");
  vi.restoreAllMocks();
  process.exitCode = undefined;
});

async function run(...words: readonly string[]): Promise<number> {
  process.exitCode = undefined;
  const config = words[0] === "connect" ? ["--config", join(folder, "bylaw.yaml")] : [];
  await main(["node", "bylaw", ...words, "--data", join(folder, "data"), ...config]);
  return Number(process.exitCode ?? 0);
}

const text = (path: string): string => readFileSync(path, "utf8");

describe("bylaw connect", () => {
  it("moves the server to bylaw.yaml, and disconnect restores the file byte for byte", async () => {
    expect(await run("connect", "mcp-json", file, "--yes")).toBe(0);
    expect(printed.join("\n")).not.toContain(SECRET);
    const now = text(file);
    expect(now).not.toContain(SECRET);
    expect(now).toContain("// what we use");
    expect(now).toContain('"mcp", "--upstream", "notes"');
    const config = loadConfig(join(folder, "bylaw.yaml"));
    expect(config.ok && config.value.upstreams["notes"]).toMatchObject({
      command: ["node", "notes.js"],
      env: { KEY: SECRET },
    });
    expect(text(join(folder, "bylaw.yaml"))).toContain("# mine");
    expect(statSync(join(folder, "bylaw.yaml")).mode & 0o777).toBe(0o600);
    expect(statSync(file).mode & 0o777).toBe(0o640);
    const [token = ""] = text(join(folder, "data", "connect", "mcp-json.token")).split("\n");
    expect(now).not.toContain(token);
    const answer = await fetch(`${server?.address}/v1/actions`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}` },
      body: "{}",
    });
    expect(answer.status).toBe(400); // the token is good, the body is not

    expect(await run("disconnect", "mcp-json", file, "--yes")).toBe(0);
    expect(text(file)).toBe(FILE);
    expect(statSync(file).mode & 0o777).toBe(0o640);
    expect(readdirSync(join(folder, "data", "connect"))).toEqual(["mcp-json.token"]);
    expect(await run("disconnect", "mcp-json", file, "--yes")).toBe(1);
  });

  it("changes nothing the second time", async () => {
    await run("connect", "mcp-json", file, "--yes");
    const [once, config] = [text(file), text(join(folder, "bylaw.yaml"))];
    expect(await run("connect", "mcp-json", file, "--yes")).toBe(0);
    expect(printed.at(-1)).toContain("connected already");
    expect([text(file), text(join(folder, "bylaw.yaml"))]).toEqual([once, config]);
    await run("disconnect", "mcp-json", "--yes");
    expect(text(file)).toBe(FILE);
  });

  it("keeps what was added since, connected or not", async () => {
    await run("connect", "mcp-json", file, "--yes");
    const added = '"late": { "command": "late" },';
    const insert = (whole: string): string =>
      whole.replace('"mcpServers": {', `"mcpServers": {\n    ${added}`);
    writeFileSync(file, insert(text(file)));
    await run("connect", "mcp-json", file, "--yes");
    expect(text(file)).not.toContain(added);
    await run("disconnect", "mcp-json", "--yes");
    expect(text(file)).toBe(insert(FILE));

    writeFileSync(file, FILE);
    await run("connect", "mcp-json", file, "--yes");
    writeFileSync(file, insert(text(file)));
    await run("disconnect", "mcp-json", "--yes");
    expect(text(file)).toBe(insert(FILE));
  });

  it("does nothing for --dry-run, and nothing where nobody can be asked", async () => {
    expect(await run("connect", "mcp-json", file, "--dry-run")).toBe(0);
    expect(printed.join("\n")).toContain('-     "notes": { "command": "node"');
    expect(printed.join("\n")).not.toContain(SECRET);
    expect(await run("connect", "mcp-json", file)).toBe(2);
    expect([text(file), text(join(folder, "bylaw.yaml"))]).toEqual([FILE, CONFIG]);
  });

  it("names a broken file and leaves it and bylaw.yaml alone", async () => {
    writeFileSync(file, '{ "mcpServers": { ');
    expect(await run("connect", "mcp-json", file, "--yes")).toBe(2);
    expect(printed.join()).toContain(`${file}:1:`);
    writeFileSync(file, Buffer.from([0x7b, 0xff, 0x7d]));
    expect(await run("connect", "mcp-json", file, "--yes")).toBe(2);
    expect(readFileSync(file)).toEqual(Buffer.from([0x7b, 0xff, 0x7d]));
    expect(text(join(folder, "bylaw.yaml"))).toBe(CONFIG);
  });

  it("leaves both files alone when bylaw.yaml is broken", async () => {
    writeFileSync(join(folder, "bylaw.yaml"), "version: 1\nupstreams: [\n");
    expect(await run("connect", "mcp-json", file, "--yes")).toBe(2);
    expect(text(file)).toBe(FILE);
  });

  it("follows a link and leaves it one", async () => {
    mkdirSync(join(folder, "dotfiles"), { recursive: true });
    const link = join(folder, "linked.json");
    writeFileSync(join(folder, "dotfiles", "real.json"), FILE);
    symlinkSync(join(folder, "dotfiles", "real.json"), link);
    await run("connect", "mcp-json", link, "--yes");
    expect(text(join(folder, "dotfiles", "real.json"))).toContain("--upstream");
    await run("disconnect", "mcp-json", link, "--yes");
    expect(text(link)).toBe(FILE);
    expect(readdirSync(join(folder, "dotfiles"))).toEqual(["real.json"]);
  });

  it("a name that is taken by another server gets a number", async () => {
    const other = "version: 1\npacks: []\nupstreams:\n  notes: { url: https://x.example/mcp }\n";
    writeFileSync(join(folder, "bylaw.yaml"), other);
    await run("connect", "mcp-json", file, "--yes");
    expect(text(file)).toContain('"--upstream", "notes-2"');
  });
});
