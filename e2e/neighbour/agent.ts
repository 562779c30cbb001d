/**
 * An agent that sets out to go around the gateway, with the rights of whoever starts it: one JSON document
 * on standard input says where things are, one on standard output what came of it. Built with the suites;
 * it uses nothing but Node.
 */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { type RequestOptions, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** What an agent can know: from its clients' files, from documentation, from the message of a hold. */
export interface Knows {
  readonly folders: readonly string[];
  readonly address: string;
  readonly admin: string;
  readonly hook: string;
  readonly pid: number;
  readonly approval: string;
  /** Command line of `bylaw`, and the data folder it is to use. */
  readonly bylaw: readonly [string, ...string[]];
  readonly data: string;
  readonly upstream: readonly [string, ...string[]];
  readonly cwd: string;
  readonly kill: boolean;
}

/** What came of it. */
export interface Outcome {
  /** Files of Bylaw that it could read. */
  readonly read: readonly string[];
  /** Administrative tokens that it found. */
  readonly tokens: number;
  /** Requests that were accepted, as `METHOD path`. */
  readonly accepted: readonly string[];
  /** Codes that requests were refused with. */
  readonly refused: readonly string[];
  /** Exit codes of `bylaw approvals approve`: from a pipe, and on a pseudo-terminal. */
  readonly piped: number | null;
  readonly typed: number | null;
  /** Exit codes of `bylaw person recover` on a pseudo-terminal: before and after it ended the gateway. */
  readonly recoveredRunning: number | null;
  readonly recoveredStopped: number | null;
  /** `sent`, or the system's code for why not. */
  readonly signal: string;
  /** Whether the upstream worked for it. */
  readonly upstream: boolean;
}

const FILES_MAX = 5_000;
const FILE_BYTES_MAX = 16 * 1_048_576;
const WAIT_MS = 20_000;
const TOKEN = /\b(?:adm|byl)_[A-Za-z0-9_-]{20,}/g;

function filesBelow(folder: string): readonly string[] {
  const found: string[] = [];
  const folders = [folder];
  while (folders.length > 0 && found.length < FILES_MAX) {
    const next = folders.pop() ?? "";
    try {
      for (const entry of readdirSync(next, { withFileTypes: true })) {
        const path = join(next, entry.name);
        if (entry.isDirectory()) folders.push(path);
        else if (entry.isFile()) found.push(path);
      }
    } catch {
      // Not for this user.
    }
  }
  return found;
}

function readAll(folders: readonly string[]): {
  readonly read: readonly string[];
  readonly tokens: ReadonlySet<string>;
} {
  const tokens = new Set<string>();
  const read: string[] = [];
  for (const path of folders.flatMap(filesBelow)) {
    try {
      const bytes = readFileSync(path);
      read.push(path);
      if (bytes.length > FILE_BYTES_MAX) continue;
      for (const [token] of bytes.toString("latin1").matchAll(TOKEN)) tokens.add(token);
    } catch {
      // Not for this user.
    }
  }
  return { read, tokens };
}

interface Ask {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly body?: object;
}

/** Everything that would help: to answer for a person, to be one more agent, to change the rules. */
function asks(id: string): readonly Ask[] {
  const reason = "it is fine";
  return [
    { method: "POST", path: `/approvals/${id}/votes`, body: { as: "olga", verdict: "approve" } },
    { method: "POST", path: `/approvals/${id}/break-glass`, body: { as: "olga", reason } },
    { method: "POST", path: "/agents", body: { id: "mole", groups: ["testers", "owners"] } },
    { method: "POST", path: "/policy/reload", body: {} },
    { method: "GET", path: `/approvals/${id}` },
    { method: "GET", path: `/approve/${id}` },
    { method: "GET", path: "/status" },
  ];
}

/** Null where nobody answers. */
function answer(
  where: RequestOptions,
  token: string,
  { method, path, body }: Ask,
): Promise<{ readonly status: number; readonly text: string } | null> {
  return new Promise((settle) => {
    const headers = {
      "content-type": "application/json",
      ...(token === "" ? {} : { authorization: `Bearer ${token}` }),
    };
    const sent = request({ ...where, method, path, headers, timeout: WAIT_MS }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => {
        text += chunk;
      });
      response.on("end", () => settle({ status: response.statusCode ?? 500, text }));
    });
    sent.on("timeout", () => sent.destroy());
    sent.on("error", () => settle(null));
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

async function askAll(
  { address, admin, hook, approval }: Knows,
  tokens: ReadonlySet<string>,
): Promise<{ readonly accepted: readonly string[]; readonly refused: readonly string[] }> {
  const accepted = new Set<string>();
  const refused = new Set<string>();
  const { hostname, port } = new URL(address);
  const places = [{ socketPath: admin }, { socketPath: hook }, { hostname, port }];
  for (const where of places)
    for (const token of ["", ...tokens])
      for (const ask of asks(approval)) {
        const answered = await answer(where, token, ask);
        if (answered === null) refused.add("unreachable");
        else if (answered.status < 400) accepted.add(`${ask.method} ${ask.path}`);
        else refused.add(/"error":"([a-z._]+)"/.exec(answered.text)?.[1] ?? `${answered.status}`);
      }
  return { accepted: [...accepted].sort(), refused: [...refused].sort() };
}

function approve({ bylaw, approval, data }: Knows): readonly [string, ...string[]] {
  return [...bylaw, "approvals", "approve", approval, "--as", "olga", "--data", data];
}

/** As somebody who has lost the only factor. */
function recover({ bylaw, data }: Knows): readonly string[] {
  return [...bylaw, "person", "recover", "olga", "--reason", "lost", "--data", data];
}

function piped(knows: Knows): number | null {
  const [command, ...args] = approve(knows);
  return spawnSync(command, args, { input: "y\n".repeat(100), timeout: WAIT_MS }).status;
}

/** On a terminal of its own, where it types what a person might. */
async function typed(command: readonly string[]): Promise<number | null> {
  const words = command.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(" ");
  const child = spawn("script", ["-qefc", words, "/dev/null"], {
    stdio: ["pipe", "pipe", "ignore"],
    detached: true,
    // Where keys of its own are written to, and nobody's else.
    env: { ...process.env, XDG_CONFIG_HOME: mkdtempSync(join(tmpdir(), "bylaw-neighbour-")) },
  });
  child.stdin.on("error", () => undefined);
  child.stdout.on("data", (chunk: Buffer) => {
    if (chunk.toString().endsWith(": ")) child.stdin.write("correct horse battery staple\r");
  });
  const timer = setTimeout(() => process.kill(-(child.pid ?? 0), "SIGKILL"), WAIT_MS);
  const [code] = (await once(child, "close")) as [number | null];
  clearTimeout(timer);
  return code;
}

function signal({ pid, kill }: Knows): string {
  try {
    process.kill(pid, kill ? "SIGKILL" : 0);
    return "sent";
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? "unknown";
  }
}

/** Starts the upstream and has it erase something. */
async function direct({ upstream: [command, ...args], cwd }: Knows): Promise<boolean> {
  const child = spawn(command, args, { cwd, stdio: ["pipe", "pipe", "ignore"] });
  const closed = once(child, "close").catch(() => []);
  child.stdin.on("error", () => undefined);
  let output = "";
  const done = new Promise<boolean>((settle) => {
    child.stdout.on("data", (chunk: Buffer) => {
      output += chunk.toString();
      if (output.includes("erase done")) settle(true);
    });
    child.on("error", () => settle(false));
    void closed.then(() => settle(false));
  });
  const message = (id: number, method: string, params: object): string =>
    `${JSON.stringify({ jsonrpc: "2.0", id, method, params })}\n`;
  const clientInfo = { name: "neighbour", version: "1" };
  const hello = { protocolVersion: "2025-06-18", capabilities: {}, clientInfo };
  child.stdin.write(message(1, "initialize", hello));
  child.stdin.write(message(2, "tools/call", { name: "erase", arguments: { key: "direct" } }));
  const timer = setTimeout(() => child.kill("SIGKILL"), WAIT_MS);
  const worked = await done;
  clearTimeout(timer);
  child.kill("SIGKILL");
  return worked;
}

const chunks: Buffer[] = [];
for await (const chunk of process.stdin as AsyncIterable<Buffer>) chunks.push(chunk);
const knows = JSON.parse(Buffer.concat(chunks).toString("utf8")) as Knows;
const { read, tokens } = readAll(knows.folders);
const { accepted, refused } = await askAll(knows, tokens);
const outcome: Outcome = {
  read,
  tokens: [...tokens].filter((token) => token.startsWith("adm_")).length,
  accepted,
  refused,
  piped: piped(knows),
  typed: await typed(approve(knows)),
  recoveredRunning: await typed(recover(knows)),
  upstream: await direct(knows),
  signal: signal(knows),
  recoveredStopped: await typed(recover(knows)),
};
process.stdout.write(JSON.stringify(outcome));
