import type { ServerResponse } from "node:http";
import { type EventStream, openEventStream } from "./http-reply.ts";
import type { McpLimits } from "./limits.ts";

/** The streams of one session that its client may come back to (2025-11-25, "Resumability"). */
export interface Replay {
  open(response: ServerResponse, headers: Readonly<Record<string, string>>): EventStream;
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
    });
  };

  const drop = (number: number): void => {
    streams.get(number)?.stream?.end();
    streams.delete(number);
  };

  return {
    open(response, headers) {
      opened += 1;
      const number = opened;
      const kept: Kept = {
        events: [],
        last: 0,
        size: 0,
        over: false,
        stream: null,
      };
      streams.set(number, kept);
      const [oldest] = streams.keys();
      if (streams.size > limits.replayStreams && oldest !== undefined) drop(oldest);
      const first = openEventStream(response, headers, limits.stalledMs);
      attach(number, kept, response, first);
      void first.prime(`${number}-0`, limits.resumeMs);
      return {
        async send(bytes) {
          if (kept.over || !streams.has(number)) return false;
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
