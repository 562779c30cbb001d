import type { ServerResponse } from "node:http";
import { type EventStream, openEventStream } from "./http-reply.ts";
import type { McpLimits } from "./limits.ts";

/** The streams of one session that its client may come back to (2025-11-25, "Resumability"). */
export interface Replay {
  open(response: ServerResponse, headers: Readonly<Record<string, string>>): EventStream;
  /**
   * The stream for what belongs to no request, in place of one that is open. It goes on without a connection
   * for as long as its client may take to come back.
   */
  standalone(response: ServerResponse): EventStream;
  /** Goes on after an event on a new connection. False: no such event, or it is no longer kept. */
  resume(response: ServerResponse, lastEventId: string): boolean;
  end(): void;
}

interface Kept {
  readonly events: { readonly at: number; readonly bytes: Uint8Array }[];
  /** Numbers the events. */
  last: number;
  /** Bytes of the events. */
  size: number;
  over: boolean;
  stream: EventStream | null;
}

/** Number of the stream that belongs to no request. */
const STANDALONE = 0;
/** `STREAM-EVENT`, of this gateway's own making. */
const EVENT_ID = /^(\d{1,12})-(\d{1,12})$/;

export function createReplay(limits: McpLimits): Replay {
  const streams = new Map<number, Kept>();
  let opened = 0;

  /** Lets a connection carry a stream from now on. */
  const attach = (
    number: number,
    kept: Kept,
    response: ServerResponse,
    stream: EventStream,
  ): void => {
    kept.stream = stream;
    response.once("close", () => {
      if (kept.stream !== stream) return;
      kept.stream = null;
      // What was written to its end has arrived, as far as anybody can tell.
      if (kept.over && response.writableFinished) streams.delete(number);
      if (number === STANDALONE) leave(kept);
    });
  };

  /** Without a client that comes back, what is asked of it has to fail like any other question. */
  const leave = (kept: Kept): void => {
    const timer = setTimeout(() => {
      if (kept.stream === null && streams.get(STANDALONE) === kept) drop(STANDALONE);
    }, limits.comeBackMs);
    timer.unref();
  };

  const drop = (number: number): void => {
    streams.get(number)?.stream?.end();
    streams.delete(number);
  };

  const begin = (
    number: number,
    response: ServerResponse,
    headers: Readonly<Record<string, string>>,
  ): EventStream => {
    const kept: Kept = { events: [], last: 0, size: 0, over: false, stream: null };
    streams.set(number, kept);
    const oldest = [...streams.keys()].find((each) => each !== STANDALONE);
    if (streams.size > limits.replayStreams && oldest !== undefined) drop(oldest);
    const first = openEventStream(response, headers, limits.stalledMs);
    attach(number, kept, response, first);
    void first.prime(`${number}-0`, limits.resumeMs);
    return {
      async send(bytes) {
        if (kept.over || streams.get(number) !== kept) return false;
        kept.last += 1;
        kept.events.push({ at: kept.last, bytes });
        kept.size += bytes.byteLength;
        // A stream that lost what it would have to repeat cannot be come back to.
        if (kept.size > limits.replayBytes) {
          if (kept.stream === null) {
            drop(number);
            return false;
          }
          kept.events.length = 0;
          kept.size = 0;
        }
        await kept.stream?.send(bytes, `${number}-${kept.last}`);
        return true;
      },
      prime: () => Promise.resolve(true),
      comment: () => kept.stream?.comment(),
      end() {
        kept.over = true;
        kept.stream?.end();
      },
      pause: () => kept.stream?.end(),
    };
  };

  return {
    open(response, headers) {
      opened += 1;
      return begin(opened, response, headers);
    },
    standalone(response) {
      drop(STANDALONE);
      return begin(STANDALONE, response, {});
    },
    resume(response, lastEventId) {
      const [, stream = "", event = ""] = EVENT_ID.exec(lastEventId) ?? [];
      const number = Number(stream);
      const kept = streams.get(number);
      if (stream === "" || kept === undefined) return false;
      const after = Number(event);
      const firstKept = kept.events[0]?.at ?? kept.last + 1;
      if (after > kept.last || after < firstKept - 1) return false;
      kept.stream?.end(); // a client that comes back before its old connection was seen to break
      kept.stream = null;
      const next = openEventStream(response, {}, limits.stalledMs);
      void catchUp(next, kept, number, after, limits.resumeMs).then(() => {
        if (response.destroyed) return;
        attach(number, kept, response, next);
        if (kept.over) next.end();
      });
      return true;
    },
    end() {
      for (const number of streams.keys()) drop(number);
    },
  };
}

/** Sends what was missed. What comes meanwhile is sent in its turn, so that the order stays. */
async function catchUp(
  stream: EventStream,
  kept: Kept,
  number: number,
  after: number,
  retryMs: number,
): Promise<void> {
  await stream.prime(`${number}-${after}`, retryMs);
  for (let sent = after; sent < kept.last; ) {
    const event = kept.events.find(({ at }) => at > sent);
    if (event === undefined || !(await stream.send(event.bytes, `${number}-${event.at}`))) return;
    sent = event.at;
  }
}
