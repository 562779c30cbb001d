import type { Via } from "./link.ts";

/** The way back to the client for one request or batch. */
export interface Reply {
  /** What carries it; a connection that breaks takes all its replies with it. */
  readonly connection: object;
  /** Sends a message that belongs to the request, before its answer; false when it cannot be carried. */
  push(bytes: Uint8Array): Promise<boolean>;
  /** The upstream has let go of its side for now; so may the client, where it can come back. */
  pause?(): void;
  /** A sign of life while the request waits. */
  keepAlive(): void;
  /**
   * The answer, or several for a batch. `via`: the status for transports that have one, and whether the
   * upstream answered with a stream of events, so that the client gets one too.
   */
  answer(bytes: Uint8Array, via?: Via): Promise<void>;
  /** The end without an answer: a message that asks for none, or a request that its client cancelled. */
  accept(): void;
  /** A message that cannot be taken. `status` is for transports that have one. */
  decline(bytes: Uint8Array, status: number): void;
}

const OPEN = Buffer.from("[");
const COMMA = Buffer.from(",");
const CLOSE = Buffer.from("]");

/** Collects the answers to a batch's requests and sends them as one array when the last is there. */
export function batchReply(reply: Reply, requests: number): Reply {
  const answers: Uint8Array[] = [];
  let open = requests;
  const close = async (): Promise<void> => {
    open -= 1;
    if (open > 0) return;
    if (answers.length === 0) return reply.accept();
    const parts = answers.flatMap((part, index) => (index === 0 ? [part] : [COMMA, part]));
    await reply.answer(Buffer.concat([OPEN, ...parts, CLOSE]));
  };
  return {
    connection: reply.connection,
    push: (bytes) => reply.push(bytes),
    keepAlive: () => reply.keepAlive(),
    answer(bytes) {
      answers.push(bytes);
      return close();
    },
    accept: () => void close(),
    decline: () => void close(),
  };
}
