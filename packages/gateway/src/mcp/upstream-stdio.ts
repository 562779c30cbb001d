import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import type { RequestId } from "./jsonrpc.ts";
import type { McpLimits } from "./limits.ts";
import { createLinePipe, type LinePipe } from "./line-pipe.ts";
import { createLineSplitter, type Line } from "./lines.ts";
import {
  DELIVERED,
  type Link,
  type LinkEvents,
  PLAIN,
  type Sent,
  type UpstreamConfig,
} from "./link.ts";
import { edgeId, readWire } from "./wire.ts";
import { within } from "./within.ts";

type StdioConfig = Extract<UpstreamConfig, { kind: "stdio" }>;

/** What a program needs to start at all; secrets in Bylaw's own environment stay there. */
const INHERITED = ["PATH", "HOME", "LANG"] as const;
const STDERR_LINE_BYTES = 4096;

/** An upstream that is a program of its own, speaking newline-delimited JSON-RPC over its pipes. */
export function createStdioLink(
  config: StdioConfig,
  inherited: Readonly<Record<string, string | undefined>>,
  limits: McpLimits,
  events: LinkEvents,
): Link {
  let child: ChildProcessWithoutNullStreams | null = null;
  let input: LinePipe | null = null;
  let sends = 0;
  let over: string | null = null;
  let garbage = 0;

  const finish = (code: string): void => {
    if (over !== null) return;
    over = code;
    events.closed(code);
  };

  const reject = (code: string, bytes: Uint8Array, id: RequestId | null): void => {
    garbage += 1;
    events.garbage(code, bytes, id);
    if (garbage <= limits.garbage) return;
    finish("upstream.garbage");
    kill(child, "SIGKILL");
  };

  const receive = async (line: Line): Promise<void> => {
    if (line.kind === "oversize")
      return reject("upstream.oversize", Buffer.from(line.head), edgeId(line.head, line.tail));
    const wire = readWire(line.bytes, limits.batchItems, "nearest");
    if (!wire.ok) return reject("upstream.garbage", line.bytes, wire.error.id);
    const items = wire.value.kind === "single" ? [wire.value.item] : wire.value.items;
    for (const item of items) await events.message(item, null, PLAIN);
  };

  const pump = async (process: ChildProcessWithoutNullStreams): Promise<void> => {
    const splitter = createLineSplitter(limits.upstreamMessageBytes);
    for await (const chunk of process.stdout as AsyncIterable<Buffer>)
      for (const line of splitter.push(chunk)) await receive(line);
    for (const line of splitter.end()) await receive(line);
  };

  return {
    async open() {
      const started = start(config, inherited);
      child = started;
      input = createLinePipe(started.stdin, limits.answerIdleMs, limits.waitingBytes);
      // A pipe that breaks shows as the end of the process; without a listener it would be a crash.
      for (const stream of [started.stdin, started.stdout, started.stderr])
        stream.on("error", () => undefined);
      readLog(started, () => sends > 1, events.log);
      started.on("error", () => finish("upstream.start"));
      const pumped = pump(started).catch(() => undefined);
      // What the process wrote before it ended still counts; what it started may keep the pipe open.
      started.once(
        "exit",
        () => void within(pumped, limits.closeMs).then(() => finish("upstream.closed")),
      );
      if (started.pid === undefined) await once(started, "error").catch(() => undefined);
      return over;
    },
    async send(bytes, _id, signal): Promise<Sent> {
      if (input === null || over !== null) return { sent: false, code: over ?? "upstream.closed" };
      sends += 1;
      const code = await input.send(bytes, signal);
      return code === null ? DELIVERED : { sent: false, code: over ?? code };
    },
    negotiated: () => undefined,
    listen: () => undefined,
    async close() {
      finish("upstream.closed");
      if (child !== null) await stop(child, limits.closeMs);
    },
  };
}

function start(
  config: StdioConfig,
  inherited: Readonly<Record<string, string | undefined>>,
): ChildProcessWithoutNullStreams {
  const env: Record<string, string> = {};
  for (const name of INHERITED) {
    const value = inherited[name];
    if (value !== undefined) env[name] = value;
  }
  return spawn(config.command, [...config.args], {
    env: { ...env, ...config.env },
    cwd: config.cwd ?? undefined,
    stdio: "pipe",
    shell: false,
    // A group of its own: Ctrl-C at the terminal must not kill it under a call that is being drained,
    // and wrappers such as npx are ended together with what they started.
    detached: process.platform !== "win32",
    windowsHide: true,
  });
}

/**
 * What a server says while it starts helps whoever set it up. Once it serves (anything after
 * `initialize` was sent to it) its words may repeat what agents send, and no secret goes to a log.
 */
function readLog(
  child: ChildProcessWithoutNullStreams,
  serves: () => boolean,
  log: (line: string) => void,
): void {
  const splitter = createLineSplitter(STDERR_LINE_BYTES);
  let told = false;
  child.stderr.on("data", (chunk: Buffer) => {
    for (const line of splitter.push(chunk)) {
      if (!serves())
        log(line.kind === "line" ? Buffer.from(line.bytes).toString("utf8") : `${line.head}…`);
      else if (!told) {
        told = true;
        log("writes to its standard error; what it says while it serves calls is not logged");
      }
    }
  });
}

/** Closing its input asks a server to end (2025-11-25, "Shutdown", stdio); the rest is for those that do not. */
async function stop(child: ChildProcessWithoutNullStreams, closeMs: number): Promise<void> {
  if (child.pid === undefined) return;
  const exited = hasExited(child) ? Promise.resolve() : once(child, "exit").then(() => undefined);
  child.stdin.end();
  for (const signal of ["SIGTERM", "SIGKILL"] as const) {
    if (await within(exited, closeMs)) break;
    kill(child, signal);
  }
  await exited;
  kill(child, "SIGKILL"); // what it started and left behind
  child.stdout.destroy();
  child.stderr.destroy();
}

function hasExited(child: ChildProcessWithoutNullStreams): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

function kill(child: ChildProcessWithoutNullStreams | null, signal: "SIGTERM" | "SIGKILL"): void {
  if (child?.pid === undefined) return;
  try {
    if (process.platform === "win32") child.kill(signal);
    else process.kill(-child.pid, signal);
  } catch {
    // the group is gone
  }
}
