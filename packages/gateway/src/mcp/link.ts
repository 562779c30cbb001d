import type { Cancellation } from "../cancel.ts";
import type { Message, RequestId } from "./jsonrpc.ts";
import type { UpstreamCredential } from "./upstream-credential.ts";
import type { Item } from "./wire.ts";

/** A configured upstream: a program to start for each session, or an address to call. */
export type UpstreamConfig =
  | {
      readonly kind: "stdio";
      readonly command: string;
      readonly args: readonly string[];
      /** Added to a clean environment; nothing else of Bylaw's own environment is inherited. */
      readonly env: Readonly<Record<string, string>>;
      readonly cwd: string | null;
    }
  | {
      readonly kind: "http";
      readonly url: string;
      /** Bylaw's own credentials for the upstream; the client's never go there. */
      readonly headers: Readonly<Record<string, string>>;
      /** A credential that changes; what it gives goes before `headers`. */
      readonly credential?: UpstreamCredential;
      /** `auto` where it is not said: Streamable HTTP, else the transport of 2024-11-05. */
      readonly transport?: "auto" | "streamable" | "sse";
    };

/** What carried a message of the upstream. */
export interface Via {
  /** Of the HTTP response it came in; 200 on transports without one. */
  readonly status: number;
  /** That response was an event stream. */
  readonly stream: boolean;
}

export const PLAIN: Via = { status: 200, stream: false };

export interface LinkEvents {
  /**
   * A message from the upstream. `related`: the client request whose reply carried it, if known.
   * The link does not read on before the promise resolves: that is the backpressure.
   */
  message(item: Item<Message>, related: RequestId | null, via: Via): Promise<void>;
  /** Something that is not a message; `id` is the request it may have been meant for. */
  garbage(code: string, bytes: Uint8Array, id: RequestId | null): void;
  /** The link is over; nothing can be sent any more. At most once. */
  closed(code: string): void;
  /** The upstream has let go of the reply to a request for now; it is asked for the rest later. */
  paused(id: RequestId): void;
  /** A line the upstream wrote to its log. */
  log(line: string): void;
}

/** How sending went. `code` null: sent, and an answer can still come. */
export interface Sent {
  /** False when certainly nothing reached the upstream. */
  readonly sent: boolean;
  readonly code: string | null;
  /** Of the HTTP response that is not what was hoped for. */
  readonly status?: number;
}

/** One session's connection to one upstream. */
export interface Link {
  /** Starts what has to be started. Out: null, or the code of what went wrong. */
  open(): Promise<string | null>;
  /**
   * Sends one message; `id` is that of a request. `mirror`: headers that repeat what the message says,
   * for the transport and the era that want them. Never throws.
   */
  send(
    bytes: Uint8Array,
    id: RequestId | null,
    signal: Cancellation | null,
    mirror?: Readonly<Record<string, string>>,
  ): Promise<Sent>;
  /** Told once, with the version that `initialize` came to. */
  negotiated(version: string): void;
  /** Opens the stream of messages that belong to no request, where the transport has one. */
  listen(): void;
  close(): Promise<void>;
}

export const DELIVERED: Sent = { sent: true, code: null };
