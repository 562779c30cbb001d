import { spawn } from "node:child_process";
import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { once } from "node:events";
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { hookCommand, hookSource } from "./connect/connection.ts";
import { makeSnapshot, snapshotArguments, snapshotStarts } from "./connect/hook-snapshot.ts";

interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const keys = generateKeyPairSync("ed25519");
const strangers = generateKeyPairSync("ed25519");

/** How the program is started: as it ships, or as its snapshot. */
const shipped: readonly string[] = [hookSource()];
const kept = mkdtempSync(join(tmpdir(), "bylaw-snapshot-"));
const snapshot = join(kept, "snapshot");

beforeAll(() => {
  const made = makeSnapshot(hookSource()) ?? expect.fail("this Node makes no snapshot");
  writeFileSync(snapshot, made);
});

afterAll(() => rmSync(kept, { recursive: true, force: true }));

let started = shipped;
let folder: string;
let server: Server | null = null;
const sockets = new Set<Socket>();

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "bylaw-hook-"));
});

afterEach(() => {
  for (const socket of sockets) socket.destroy();
  sockets.clear();
  server?.close();
  server = null;
  rmSync(folder, { recursive: true, force: true });
});

function connection(more: object = {}): string {
  const path = join(folder, "a.connection");
  const key = keys.publicKey.export({ type: "spki", format: "der" }).toString("base64");
  const all = {
    name: "gemini",
    client: "gemini-cli",
    socket: join(folder, "hook.sock"),
    key,
    token: "byl_token",
    data: "/data",
    bylaw: "/opt/bylaw",
    deadlineMs: 20_000,
    ...more,
  };
  writeFileSync(path, JSON.stringify(all), { mode: 0o600 });
  return path;
}

/** A gateway in the hook's eyes. In: what it does with a request, given with its nonce. */
async function gateway(
  answer: (socket: Socket, request: string, nonce: string) => void,
): Promise<void> {
  server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    let request = "";
    socket.setEncoding("utf8").on("data", (chunk: string) => {
      request += chunk;
      const nonce = /\r\nBylaw-Nonce: (\S+)\r\n/.exec(request)?.[1];
      const length = Number(/\r\nContent-Length: (\d+)\r\n/.exec(request)?.[1]);
      const [, body] = request.split("\r\n\r\n");
      if (nonce !== undefined && Buffer.byteLength(body ?? "") === length)
        answer(socket, request, nonce);
    });
  });
  server.listen(join(folder, "hook.sock"));
  await once(server, "listening");
}

interface Answer {
  readonly nonce?: string;
  readonly exit?: unknown;
  readonly stdout?: unknown;
  readonly stderr?: unknown;
}

function signed(answer: Answer, key: KeyObject = keys.privateKey): string {
  const body = JSON.stringify({ exit: 0, stdout: "{}\n", stderr: "", ...answer });
  const signature = sign(null, Buffer.from(body), key).toString("base64");
  return `HTTP/1.1 200 OK\r\nbylaw-signature: ${signature}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}

async function run(
  args: readonly string[],
  { input = "{}", env = {}, open = false }: { input?: string; env?: object; open?: boolean } = {},
): Promise<Ran> {
  const child = spawn(process.execPath, [...started, ...args], {
    env: { ...env },
    stdio: ["pipe", "pipe", "pipe"],
  });
  const ran = { stdout: "", stderr: "" };
  child.stdout.on("data", (chunk: Buffer) => {
    ran.stdout += chunk.toString();
  });
  child.stderr.on("data", (chunk: Buffer) => {
    ran.stderr += chunk.toString();
  });
  child.stdin.on("error", () => undefined);
  child.stdin.write(input);
  if (!open) child.stdin.end();
  const [code] = (await once(child, "close")) as [number | null];
  child.stdin.destroy();
  return { code, ...ran };
}

describe.each([
  ["as it ships", shipped],
  ["from its snapshot", snapshotArguments(snapshot)],
])("the program that clients start, %s", (_how, words) => {
  beforeEach(() => {
    started = words;
  });

  it("hands the payload on and gives back what the gateway signed", async () => {
    let seen = "";
    await gateway((socket, request, nonce) => {
      seen = request;
      socket.end(signed({ nonce, stdout: '{"decision":"deny"}\n' }));
    });
    const ran = await run([connection(), "BeforeTool"], { input: '{"a":"ü"}' });
    expect(ran).toEqual({ code: 0, stdout: '{"decision":"deny"}\n', stderr: "" });
    expect(seen).toContain("POST /v1/hooks/gemini-cli HTTP/1.1\r\n");
    expect(seen).toContain("\r\nAuthorization: Bearer byl_token\r\n");
    expect(seen).toContain("\r\nBylaw-Event: BeforeTool\r\n");
    expect(seen).toContain("\r\nContent-Length: 10\r\n");
    expect(seen.endsWith('\r\n\r\n{"a":"ü"}')).toBe(true);
  });

  it("writes an answer of two megabytes whole", async () => {
    const stdout = `${"x".repeat(2_000_000)}\n`;
    await gateway((socket, _request, nonce) => socket.end(signed({ nonce, stdout })));
    const ran = await run([connection()]);
    expect(ran.code).toBe(0);
    expect(ran.stdout.length).toBe(stdout.length);
  });

  it("refuses with the gateway's words", async () => {
    await gateway((socket, _request, nonce) =>
      socket.end(signed({ nonce, exit: 2, stdout: "", stderr: "no\n" })),
    );
    expect(await run([connection()])).toEqual({ code: 2, stdout: "", stderr: "no\n" });
  });

  it("answers too where a client shows nobody the words of a refusal", async () => {
    const path = connection({ client: "copilot-cli" });
    const asked = await run([path, "preToolUse"]);
    expect(asked.code).toBe(2);
    expect(asked.stderr).toContain("Bylaw is not running");
    expect(JSON.parse(asked.stdout)).toEqual({
      permissionDecision: "deny",
      permissionDecisionReason: asked.stderr.trimEnd(),
    });
    expect(await run([path, "postToolUse"])).toMatchObject({ code: 2, stdout: "" });
  });

  it("never refuses without words: some clients go on then", async () => {
    await gateway((socket, _request, nonce) =>
      socket.end(signed({ nonce, exit: 2, stdout: "", stderr: "\n" })),
    );
    expect(await run([connection()])).toEqual({
      code: 2,
      stdout: "",
      stderr: "Bylaw refused this.\n",
    });
  });

  it("says how to start the gateway and how to disconnect when none runs", async () => {
    const { code, stdout, stderr } = await run([connection()]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain("Bylaw is not running (ENOENT)");
    expect(stderr).toContain("/opt/bylaw up --data /data");
    expect(stderr).toContain("/opt/bylaw disconnect gemini --data /data");
  });

  it("reads a call whole before it says that none runs", async () => {
    const child = spawn(process.execPath, [...started, connection()], { env: {} });
    let stderr = "";
    child.stderr.on("data", (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    const sent = await new Promise((resolve) =>
      child.stdin.end("x".repeat(8 * 1024 * 1024), () => resolve("whole")),
    );
    const [code] = (await once(child, "close")) as [number | null];
    expect({ sent, code }).toEqual({ sent: "whole", code: 2 });
    expect(stderr).toContain("Bylaw is not running");
  });

  it("reads the call from a file as well", async () => {
    const path = join(folder, "call.json");
    writeFileSync(path, '{"a":1}');
    let seen = "";
    await gateway((socket, request, nonce) => {
      seen = request;
      socket.end(signed({ nonce }));
    });
    const input = openSync(path, "r");
    const child = spawn(process.execPath, [...started, connection()], {
      env: {},
      stdio: [input, "ignore", "ignore"],
    });
    const [code] = (await once(child, "close")) as [number | null];
    closeSync(input);
    expect(code).toBe(0);
    expect(seen.endsWith('{"a":1}')).toBe(true);
  });

  it("never asks with the same nonce", async () => {
    const nonces = new Set<string>();
    await gateway((socket, _request, nonce) => {
      nonces.add(nonce);
      socket.end(signed({ nonce }));
    });
    for (let count = 0; count < 3; count += 1) await run([connection()]);
    expect(nonces.size).toBe(3);
    for (const nonce of nonces) expect(nonce).toMatch(/^[\w-]{24}$/);
  });

  it.each<[string, (nonce: string) => string]>([
    ["nothing", () => ""],
    ["no HTTP", () => "yes\r\n\r\n{}"],
    ["an unsigned yes", (nonce) => signed({ nonce }).replace(/bylaw-signature: .*\r\n/, "")],
    ["a yes signed by somebody else", (nonce) => signed({ nonce }, strangers.privateKey)],
    ["a yes that was changed", (nonce) => signed({ nonce, stdout: "[]" }).replace("[]", "{}")],
    ["a yes to another call", () => signed({ nonce: "another" })],
    ["a yes without a nonce", () => signed({})],
    ["half a yes", (nonce) => signed({ nonce }).slice(0, -1)],
    ["more than a yes", (nonce) => `${signed({ nonce })}{}`],
    ["a yes in an error", (nonce) => signed({ nonce }).replace("200 OK", "500 OK")],
    ["an empty yes", (nonce) => signed({ nonce, stdout: "" })],
    ["another exit code", (nonce) => signed({ nonce, exit: 1 })],
    ["an exit code in words", (nonce) => signed({ nonce, exit: "0" })],
    ["an output that is no text", (nonce) => signed({ nonce, stdout: {} })],
  ])("refuses after %s", async (_what, answer) => {
    await gateway((socket, _request, nonce) => socket.end(answer(nonce)));
    const { code, stdout, stderr } = await run([connection()]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).not.toBe("");
  });

  it("refuses when the answer does not come in time", async () => {
    await gateway(() => undefined);
    const { code, stderr } = await run([connection({ deadlineMs: 300 })]);
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: expect.stringContaining("in time") as string,
    });
  });

  it("refuses when the client never ends its payload", async () => {
    const { code, stderr } = await run([connection({ deadlineMs: 300 })], { open: true });
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: expect.stringContaining("in time") as string,
    });
  });

  it("refuses a payload of more than 16 MB", async () => {
    await gateway((socket, _request, nonce) => socket.end(signed({ nonce })));
    const input = "x".repeat(17 * 1024 * 1024);
    expect((await run([connection()], { input })).stderr).toContain("too large");
  });

  it.each<[string, () => readonly string[]]>([
    ["no connection file", () => []],
    ["one that is not there", () => [join(folder, "none")]],
    ["one that is no JSON", () => [damaged("{")]],
    ["one without a key", () => [connection({ key: undefined })]],
    ["one with a key that is none", () => [connection({ key: "AAAA" })]],
    ["a folder", () => [folder]],
  ])("refuses with %s", async (_what, args) => {
    await gateway((socket, _request, nonce) => socket.end(signed({ nonce })));
    const { code, stdout } = await run(args());
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  });

  it("is not turned by the environment of the client", async () => {
    const evil = join(folder, "evil.cjs");
    const mark = join(folder, "mark");
    writeFileSync(
      evil,
      `require("node:fs").writeFileSync(${JSON.stringify(mark)}, ""); process.exit(0);`,
    );
    const [program, ...args] = hookCommand("/data", "gemini").words;
    const bare = [...args.slice(0, -2), ...started, connection()];
    const env = { NODE_OPTIONS: `--require ${evil}`, PATH: folder, NODE_PATH: folder };
    const child = spawn(program, bare, { env, stdio: ["ignore", "ignore", "ignore"] });
    const [code] = (await once(child, "close")) as [number | null];
    expect(code).toBe(2);
    expect(existsSync(mark)).toBe(false);
  });

  it("refuses a connection file that others can change", async () => {
    await gateway((socket, _request, nonce) => socket.end(signed({ nonce })));
    const path = connection();
    chmodSync(path, 0o622);
    expect((await run([path])).stderr).toContain("others can change it");
  });
});

describe("the snapshot of the program", () => {
  beforeEach(() => {
    started = snapshotArguments(join(folder, "snapshot"));
  });

  function put(change: (bytes: Buffer) => Buffer): void {
    writeFileSync(join(folder, "snapshot"), change(readFileSync(snapshot)));
  }

  it.each<[string, (bytes: Buffer) => Buffer]>([
    ["cut off", (bytes) => bytes.subarray(0, bytes.length >> 1)],
    ["empty", () => Buffer.alloc(0)],
    ["of another Node", (bytes) => ofAnotherNode(bytes)],
    ["something else", () => Buffer.from("process.exit(0)")],
  ])("passes nothing when it is %s", async (_what, change) => {
    await gateway((socket, _request, nonce) => socket.end(signed({ nonce })));
    put((bytes) => bytes);
    expect((await run([connection()])).stdout).toBe("{}\n");
    put(change);
    const { code, stdout } = await run([connection()]);
    expect(code).not.toBe(0);
    expect(stdout).toBe("");
    expect(snapshotStarts(join(folder, "snapshot"))).toBe(false);
  });

  it("passes nothing by itself, whatever byte of it is another one", async () => {
    const size = readFileSync(snapshot).length;
    for (let at = 0; at < size; at += Math.ceil(size / CHANGED_BYTES)) {
      put((bytes) => {
        bytes[at] = ~(bytes[at] ?? 0);
        return bytes;
      });
      const { code, stdout } = await run([connection()]);
      expect({ at, zero: code === 0, stdout }).toEqual({ at, zero: false, stdout: "" });
    }
  });

  it("is not made of a program that does not start, or starts and does not refuse", () => {
    const other = join(folder, "other.cjs");
    writeFileSync(other, "throw new Error()");
    expect(makeSnapshot(other)).toBeNull();
    writeFileSync(
      other,
      'require("node:v8").startupSnapshot.setDeserializeMainFunction(() => process.exit(0))',
    );
    expect(makeSnapshot(other)).toBeNull();
  });
});

const CHANGED_BYTES = 25;

function ofAnotherNode(bytes: Buffer): Buffer {
  const at = bytes.indexOf(process.version.slice(1));
  if (at === -1) throw new Error("the snapshot does not say which Node it is of");
  return Buffer.concat([bytes.subarray(0, at), Buffer.from("9"), bytes.subarray(at + 1)]);
}

function damaged(text: string): string {
  const path = join(folder, "damaged");
  writeFileSync(path, text, { mode: 0o600 });
  return path;
}
