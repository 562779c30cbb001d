import type { Duplex } from "node:stream";
import type { Caller, Result } from "@bylaw/core";
import type { McpContext } from "./context.ts";
import { wireErrorBytes } from "./from-client.ts";
import type { BeginSession } from "./http.ts";
import { createLineSplitter, type Line, lineOf } from "./lines.ts";
import type { ModernSide } from "./modern/side.ts";
import { createModernStream } from "./modern/stream.ts";
import type { Reply } from "./reply.ts";
import { edgeId, readWire } from "./wire.ts";
import { within } from "./within.ts";

/** Who is at the other end, asked anew for every message: a revoked token ends open streams too. */
export type Identify = () => Promise<Result<Caller, { readonly code: string }>>;

/**
 * Serves newline-delimited JSON-RPC over a byte stream. Resolves when the stream is over and its
 * upstream closed. Never rejects.
 */
export async function serveStream(
  duplex: Duplex,
  identify: Identify,
  upstream: string,
  context: McpContext,
  begin: BeginSession,
  side: ModernSide,
): Promise<void> {
  const { limits } = context;
  duplex.on("error", () => undefined); // shows as its end
  const first = await identify();
  if (!first.ok) {
    await context.reject({ upstream, credential: null, code: first.error.code, bytes: EMPTY });
    duplex.end(lineOf(wireErrorBytes(first.error.code, null)));
    return;
  }
  const send = (bytes: Uint8Array): Promise<boolean> => writeLine(duplex, bytes, limits.stalledMs);
  const reply = streamReply(duplex, send);
  const running = new Set<Promise<void>>();
  let over = false;
  const begun = begin(upstream, first.value, {
    toClient: send,
    onEnd() {
      over = true;
      // Answers to what was pending are written first; a call that is still held has had its answer.
      void within(Promise.allSettled(running), limits.closeMs).then(() => duplex.end());
    },
  });
  if (begun === null) {
    duplex.end(lineOf(wireErrorBytes("limit.sessions", null)));
    return;
  }
  const session = begun;
  const modern = createModernStream(context, side, upstream, first.value, reply);
  duplex.once("close", () => {
    session.hungUp(duplex);
    modern.end("client.closed");
    void session.end("client.closed");
  });

  const take = async (line: Line): Promise<void> => {
    const caller = await identify();
    const credential = caller.ok ? caller.value.credential : null;
    const decline = async (
      code: string,
      bytes: Uint8Array,
      id: string | number | null,
    ): Promise<void> => {
      await context.reject({ upstream, credential, code, bytes });
      await send(wireErrorBytes(code, id));
    };
    if (!caller.ok || credential !== session.credential) {
      const code = caller.ok ? "credential.changed" : caller.error.code;
      await decline(code, EMPTY, null);
      return session.end(code);
    }
    if (line.kind === "oversize")
      return decline("wire.oversize", Buffer.from(line.head), edgeId(line.head, line.tail));
    const wire = readWire(line.bytes, limits.batchItems);
    if (!wire.ok) return decline(wire.error.code, line.bytes, wire.error.id);
    const answering =
      modern.take(wire.value, line.bytes, caller.value) ??
      session.handle(wire.value, line.bytes, caller.value, reply);
    const handled = answering.finally(() => running.delete(handled));
    running.add(handled);
  };

  const splitter = createLineSplitter(limits.messageBytes);
  try {
    // Not destroyed at the end of input: a client that has said all may still read.
    for await (const chunk of duplex.iterator({ destroyOnReturn: false }))
      for (const line of splitter.push(chunk as Buffer)) if (!over) await take(line);
    for (const line of splitter.end()) if (!over) await take(line);
  } catch {
    // the connection broke; `close` has told the session
  }
  session.inputEnded();
  modern.inputEnded();
  await Promise.allSettled(running);
  await Promise.all([session.end("client.closed"), modern.close()]);
}

const EMPTY = Buffer.alloc(0);

function streamReply(duplex: Duplex, send: (bytes: Uint8Array) => Promise<boolean>): Reply {
  return {
    connection: duplex,
    push: send,
    keepAlive: () => undefined, // progress, where the client asked for it, is the only sign there is
    async answer(bytes) {
      await send(bytes);
    },
    accept: () => undefined,
    // A notification that goes nowhere is recorded; JSON-RPC has no answer to it.
    decline: () => undefined,
  };
}

function writeLine(duplex: Duplex, bytes: Uint8Array, stalledMs: number): Promise<boolean> {
  if (!duplex.writable) return Promise.resolve(false);
  if (duplex.write(lineOf(bytes))) return Promise.resolve(true);
  return new Promise((resolve) => {
    const finish = (open: boolean): void => {
      clearTimeout(timer);
      duplex.off("drain", drained).off("close", closed);
      if (!open) duplex.destroy();
      resolve(open);
    };
    const drained = (): void => finish(true);
    const closed = (): void => finish(false);
    const timer = setTimeout(closed, stalledMs);
    duplex.on("drain", drained).on("close", closed);
  });
}
