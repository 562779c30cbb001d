import { spawn } from "node:child_process";
import { generateKeyPairSync, randomBytes, sign } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ClientId } from "@bylaw/gateway";
import type { Connection } from "../connect/connection.ts";

/** Milliseconds after which the hook's program gives up on a gateway that does not answer. */
const SLOW_MS = 500;

/** What the hook's program did with one call. */
export interface Probed {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly ms: number;
}

/** Whether the client would have gone on. */
function passes({ code, stdout }: Probed): boolean {
  return code === 0 && !/"(?:deny|block)"|"block":true/.test(stdout);
}

/** Events of a client that lead to a call and from it, as the client itself tells them. */
interface Form {
  readonly before: string;
  readonly after: string;
  readonly own: string;
  readonly shell: string;
  readonly payload: (told: Told) => object;
}

/** One event about one call. */
interface Told {
  readonly event: string;
  readonly id: string;
  readonly tool: string;
  readonly input: object;
  readonly cwd: string;
}

const RUN = "bylaw-doctor";

const snake = ({ event, id, tool, input, cwd }: Told): object => ({
  session_id: RUN,
  hook_event_name: event,
  tool_name: tool,
  tool_input: input,
  tool_use_id: id,
  tool_response: "",
  cwd,
});

const FORMS: Readonly<Partial<Record<ClientId, Form>>> = {
  "claude-code": {
    before: "PreToolUse",
    after: "PostToolUse",
    own: "TodoWrite",
    shell: "Bash",
    payload: snake,
  },
  codex: {
    before: "PreToolUse",
    after: "PostToolUse",
    own: "update_plan",
    shell: "Bash",
    payload: snake,
  },
  "gemini-cli": {
    before: "BeforeTool",
    after: "AfterTool",
    own: "write_todos",
    shell: "run_shell_command",
    payload: snake,
  },
  cursor: {
    before: "preToolUse",
    after: "postToolUse",
    own: "TodoWrite",
    shell: "Shell",
    payload: (told) => ({ ...snake(told), conversation_id: RUN, tool_output: "" }),
  },
  "copilot-cli": {
    before: "preToolUse",
    after: "postToolUse",
    own: "update_todo",
    shell: "bash",
    payload: ({ tool, input, cwd }) => ({
      sessionId: RUN,
      toolName: tool,
      toolArgs: input,
      toolResult: { resultType: "success", textResultForLlm: "" },
      cwd,
    }),
  },
};

/** The same call at the event that is named. */
type Call = (event: string) => string;

export interface Result {
  readonly name: string;
  readonly good: boolean;
  readonly detail: string;
}

/**
 * Lives through what can happen between a client and the gateway, with the very program that the client
 * starts. In: the program's words before the connection file.
 */
export async function probeAll(
  program: readonly [string, ...string[]],
  connection: Connection,
): Promise<readonly Result[]> {
  const form = FORMS[connection.client];
  if (form === undefined) return [];
  const folder = mkdtempSync(join(tmpdir(), "bylaw-doctor-"));
  const { before, after, own, shell, payload } = form;
  const call = (tool: string, input: object): Call => {
    const id = `doctor-${randomBytes(6).toString("hex")}`;
    return (event) => JSON.stringify(payload({ event, id, tool, input, cwd: connection.data }));
  };
  const allowed = call(own, {});
  let count = 0;
  const ask = (told: Call, event: string, change: Partial<Connection> = {}): Promise<Probed> => {
    const file = join(folder, `${(count += 1)}.connection`);
    writeFileSync(file, JSON.stringify({ ...connection, ...change }), { mode: 0o600 });
    return start([...program, file, event], told(event));
  };
  try {
    const passed = await ask(allowed, before);
    await ask(allowed, after);
    const refused = await ask(call(shell, { command: `rm -rf ${connection.data}` }), before);
    const results = [
      result("allowed call", passes(passed), `passes after ${Math.round(passed.ms)} ms`, passed),
      result("refused call", !passes(refused), "is refused", refused),
    ];
    const down = await ask(allowed, before, { socket: join(folder, "nobody.sock") });
    results.push(result("gateway down", !passes(down), "refuses", down));
    for (const [name, behave] of Object.entries(IMPOSTORS)) {
      const socket = join(folder, "other.sock");
      const server = await listen(socket, behave);
      const probed = await ask(allowed, before, { socket, deadlineMs: SLOW_MS });
      results.push(result(name, !passes(probed), "refuses", probed));
      await close(server);
    }
    return results;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function result(name: string, good: boolean, words: string, probed: Probed): Result {
  if (good) return { name, good, detail: words };
  const said = (probed.stderr || probed.stdout).trim().split("\n")[0] ?? "";
  return { name, good, detail: `exit code ${probed.code}: ${said}` };
}

const HEAD = "HTTP/1.1 200 OK\r\n";

/** Gateways that are none, or that are ill. */
const IMPOSTORS: Readonly<Record<string, (socket: Socket) => void>> = {
  "slow gateway": () => undefined,
  "garbled answer": (socket) => socket.end(randomBytes(256)),
  "empty answer": (socket) => socket.end(),
  "false gateway": (socket) => {
    const body = JSON.stringify({ nonce: "", exit: 0, stdout: "{}\n", stderr: "" });
    const { privateKey } = generateKeyPairSync("ed25519");
    const signature = sign(null, Buffer.from(body), privateKey).toString("base64");
    const fields = `content-length: ${body.length}\r\nbylaw-signature: ${signature}`;
    socket.end(`${HEAD}${fields}\r\n\r\n${body}`);
  },
};

async function listen(path: string, behave: (socket: Socket) => void): Promise<Server> {
  rmSync(path, { force: true });
  const server = createServer((socket) => {
    socket.on("error", () => undefined); // the program gives up on it, which is what is looked at
    socket.once("data", () => behave(socket));
  });
  server.listen(path);
  await once(server, "listening");
  return server;
}

async function close(server: Server): Promise<void> {
  const closed = once(server, "close");
  server.close();
  await closed;
}

async function start(words: readonly string[], payload: string): Promise<Probed> {
  const [command = "", ...args] = words;
  const from = performance.now();
  const child = spawn(command, args, { env: {}, stdio: ["pipe", "pipe", "pipe"] });
  const output = { stdout: "", stderr: "" };
  child.stdout.on("data", (chunk: Buffer) => {
    output.stdout += chunk.toString();
  });
  child.stderr.on("data", (chunk: Buffer) => {
    output.stderr += chunk.toString();
  });
  child.stdin.on("error", () => undefined); // it may refuse before it has read everything
  child.stdin.end(payload);
  const [code] = (await once(child, "close")) as [number | null];
  return { code, ...output, ms: performance.now() - from };
}
