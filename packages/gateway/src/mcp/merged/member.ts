import type { Caller, JsonObject } from "@bylaw/core";
import { member } from "@bylaw/core";
import { Cancel, type Cancellation } from "../../cancel.ts";
import type { McpContext } from "../context.ts";
import { encode, notificationBytes, type RequestMessage } from "../jsonrpc.ts";
import { plainRefusal, type Refusal } from "../refusal.ts";
import type { Session } from "../session.ts";
import { codeText } from "../texts.ts";
import type { Item } from "../wire.ts";
import { collect, outcomeOf } from "./collect.ts";
import type { Health } from "./health.ts";

/** What the client has said of itself, for the servers behind the endpoint. */
export interface Introduction {
  readonly version: string;
  readonly capabilities: JsonObject;
  readonly clientInfo: JsonObject;
}

/** One server behind a client's session with the merged endpoint. */
export interface Member {
  readonly upstream: string;
  /** Null while it is not connected. */
  readonly session: Session | null;
  readonly capabilities: JsonObject;
  readonly instructions: string | null;
  /**
   * Connects it, unless it is. Null when requests can go there, else why they cannot: a server that is
   * sick is not waited for.
   */
  connect(caller: Caller): Promise<Refusal | null>;
  /** Sends a request of this gateway's own through policy. Never rejects. */
  ask(
    method: string,
    params: JsonObject,
    caller: Caller,
    signal: Cancellation,
  ): Promise<ReturnType<typeof outcomeOf>>;
  end(code: string): Promise<void>;
}

export interface MemberSetup {
  readonly context: McpContext;
  readonly upstream: string;
  readonly health: Health;
  readonly introduction: Introduction;
  /** Begins a session with the server; null when there are too many. */
  readonly begin: (ends: {
    readonly toClient: (bytes: Uint8Array) => Promise<boolean>;
    readonly onEnd: () => void;
  }) => Session | null;
  /** Takes what the server sends outside of answers. */
  readonly fromServer: (bytes: Uint8Array) => Promise<boolean>;
  /** The server is there, for the first time or again. */
  readonly onConnected: () => void;
  /** What the server was still asked of its client is void. */
  readonly onLost: () => void;
}

export function createMember(setup: MemberSetup): Member {
  const { context, upstream, health } = setup;
  let session: Session | null = null;
  let connecting: Promise<Refusal | null> | null = null;
  /** Its connection is being asked for: a person may have to allow it first. */
  let starting: Session | null = null;
  let over = false;
  let capabilities: JsonObject = {};
  let instructions: string | null = null;
  let since = 0;

  const begin = (): Session | null => {
    const begun: Session | null = setup.begin({
      toClient: setup.fromServer,
      onEnd() {
        setup.onLost();
        if (session !== begun) return;
        session = null;
        if (!over) health.ended(upstream, "upstream.closed", context.ops.now() - since);
      },
    });
    return begun;
  };

  const start = async (caller: Caller): Promise<Refusal | null> => {
    const code = over ? "upstream.closed" : health.obstacle(upstream);
    if (code !== null) return plainRefusal(code);
    const begun = begin();
    if (begun === null) return plainRefusal("limit.sessions");
    starting = begun;
    const { version, capabilities: own, clientInfo } = setup.introduction;
    const params = { protocolVersion: version, capabilities: own, clientInfo };
    const answer = outcomeOf(await send(begun, "initialize", params, caller, new Cancel()));
    starting = null;
    if (over) {
      void begun.end("client.closed");
      return plainRefusal("upstream.closed");
    }
    if (answer.kind === "error") {
      if (answer.code.startsWith("upstream.")) health.failed(upstream, answer.code);
      void begun.end("session.refused");
      return refusalFrom(answer);
    }
    const offered = member(answer.result, "capabilities");
    const text = member(answer.result, "instructions");
    capabilities = (offered ?? {}) as JsonObject;
    instructions = typeof text === "string" ? text : null;
    const initialized = notificationBytes("notifications/initialized", {});
    await begun.handle(
      {
        kind: "single",
        item: {
          message: { kind: "notification", method: "notifications/initialized", params: {} },
          bytes: initialized,
        },
      },
      initialized,
      caller,
      collect(begun).reply,
    );
    since = context.ops.now();
    session = begun;
    setup.onConnected();
    return null;
  };

  const send = async (
    to: Session,
    method: string,
    params: JsonObject,
    caller: Caller,
    signal: Cancellation,
  ): Promise<Uint8Array | null> => {
    // In a space of this gateway's own that no client can guess.
    const id = `bylaw:${context.ids.session()}`;
    const message: RequestMessage = { kind: "request", id, method, params };
    const item: Item = { message, bytes: encode({ jsonrpc: "2.0", id, method, params }) };
    const { reply, answer } = collect(to, setup.fromServer);
    const cancel = (): void => cancelAt(to, id, caller);
    signal.addEventListener("abort", cancel, { once: true });
    void to.handle({ kind: "single", item }, item.bytes, caller, reply);
    const bytes = await Promise.race([answer, aborted(signal)]);
    signal.removeEventListener("abort", cancel);
    return bytes;
  };

  return {
    upstream,
    get session() {
      return session;
    },
    get capabilities() {
      return capabilities;
    },
    get instructions() {
      return instructions;
    },
    connect(caller) {
      if (session !== null) return Promise.resolve(null);
      connecting ??= start(caller).finally(() => {
        connecting = null;
      });
      return connecting;
    },
    async ask(method, params, caller, signal) {
      const obstacle = await Promise.race([this.connect(caller), aborted(signal)]);
      if (obstacle !== null) return { kind: "error", code: obstacle.code, error: {} };
      if (session === null)
        return {
          kind: "error",
          code: signal.aborted ? "upstream.timeout" : "upstream.closed",
          error: {},
        };
      const outcome = outcomeOf(await send(session, method, params, caller, signal));
      if (outcome.kind === "result") health.worked(upstream);
      return signal.aborted && outcome.kind === "error"
        ? { ...outcome, code: "upstream.timeout" }
        : outcome;
    },
    async end(code) {
      over = true;
      const ending = [session, starting];
      session = null;
      await Promise.all(ending.flatMap((one) => (one === null ? [] : [one.end(code)])));
    },
  };
}

/** Null once it is aborted. */
function aborted(signal: Cancellation): Promise<null> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(null);
    else signal.addEventListener("abort", () => resolve(null), { once: true });
  });
}

export function cancelAt(session: Session, requestId: string | number, caller: Caller): void {
  const params = { requestId, reason: "nobody waits for it any more" };
  const method = "notifications/cancelled";
  const bytes = notificationBytes(method, params);
  const item: Item = { message: { kind: "notification", method, params }, bytes };
  void session.handle({ kind: "single", item }, bytes, caller, collect(session).reply);
}

/** What a server, or policy on the way to it, answered to `initialize`, for each call that it keeps from going there. */
function refusalFrom({
  code,
  error,
}: Extract<ReturnType<typeof outcomeOf>, { kind: "error" }>): Refusal {
  const data = member(error, "data");
  const known = code === "upstream.error" ? {} : ((data ?? {}) as Partial<Refusal>);
  return {
    ...plainRefusal(code),
    outcome: "block",
    ...known,
    reason: known.reason ?? codeText(code),
    receipt: null,
  };
}
