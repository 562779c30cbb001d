import type { Caller, JsonObject } from "@bylaw/core";
import type { McpContext } from "../context.ts";
import type { RequestMessage } from "../jsonrpc.ts";
import { plainRefusal, refusalBytes } from "../refusal.ts";
import type { Reply } from "../reply.ts";
import type { Session } from "../session.ts";
import type { Item } from "../wire.ts";
import { collect } from "./collect.ts";
import type { Member } from "./member.ts";
import { MERGED, type Names } from "./names.ts";
import type { ServerRequests } from "./server-requests.ts";

/** One client's session with all upstreams; what may change in it is marked by not being `readonly`. */
export interface MergedState {
  readonly context: McpContext;
  readonly names: Names;
  readonly credential: string;
  readonly toClient: (bytes: Uint8Array) => Promise<boolean>;
  /** Requests of the client without an answer, by id: how each is given up. */
  readonly inFlight: Map<string, () => void>;
  /** What servers asked of the client. */
  readonly asked: ServerRequests;
  /** Subscriptions by server and address, to be made again after a server was away. */
  readonly subscribed: Map<string, Item<RequestMessage>>;
  members: ReadonlyMap<string, Member>;
  /** As authenticated with the newest message. */
  caller: Caller;
  phase: "fresh" | "starting" | "begun" | "over";
  version: string | null;
  /** The log level that the client wants of every server. */
  level: JsonObject | null;
  /** Requests to several servers that are being put together. */
  spread: number;
}

export function connectedMembers({ members }: MergedState): readonly Member[] {
  return [...members.values()].filter(({ session }) => session !== null);
}

/** Hands a message to a server's session that no answer is expected to. */
export function pass({ caller }: MergedState, session: Session, item: Item): Promise<void> {
  return session.handle({ kind: "single", item }, item.bytes, caller, collect(session).reply);
}

/** Records a message to the endpoint itself that goes nowhere. */
export function reject(
  { context, credential }: MergedState,
  code: string,
  bytes: Uint8Array,
): Promise<number | null> {
  return context.reject({ upstream: MERGED, credential, code, bytes });
}

export async function refuse(
  state: MergedState,
  { message: { id, method }, bytes }: Item<RequestMessage>,
  reply: Reply,
  code: string,
  tool: string | null = null,
): Promise<void> {
  const refusal = plainRefusal(code, null, await reject(state, code, bytes));
  await reply.answer(refusalBytes(id, tool === null ? "" : method, tool, refusal));
}

/** What a server says or asks outside of its answers, on the way to the client. */
export function fromServer(
  { phase, asked }: MergedState,
  upstream: string,
  bytes: Uint8Array,
  send: (bytes: Uint8Array) => Promise<boolean>,
): Promise<boolean> {
  if (phase !== "begun") return Promise.resolve(false);
  const shown = asked.outward(upstream, bytes);
  return shown === null ? Promise.resolve(false) : send(shown);
}
