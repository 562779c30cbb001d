import type { JsonObject, Outcome } from "@bylaw/core";
import type { Call } from "../deed.ts";
import { CALL_MAX_MS } from "../limits.ts";
import { type Credential, plainCredential } from "../passport.ts";
import type { CallOptions, Door, DoorPlace, Reached } from "./door.ts";
import { delegateOf, promptOf } from "./sdk.ts";

const VERSION = "2025-06-18";
const APPROVAL_KEY = "dev.bylaw/approval";
const DECISION_KEY = "dev.bylaw/decision";
const RECEIPT_KEY = "dev.bylaw/receipt";

interface Refusal {
  readonly outcome?: string;
  readonly code?: string;
  readonly policy?: string | null;
  readonly record?: number | null;
  readonly approval?: { readonly id: string } | null;
}

interface Reply {
  readonly status: number;
  readonly session: string | null;
  readonly body: {
    readonly result?: {
      readonly content?: readonly { readonly text?: string }[];
      readonly _meta?: Readonly<Record<string, unknown>>;
    };
    readonly error?: { readonly message?: string; readonly data?: Refusal };
  };
}

/** Tool calls over MCP's Streamable HTTP, as a client of the gateway makes them. */
export function mcpDoor({ address, token }: DoorPlace): Door {
  const sessions = new Map<string, string>();
  let ids = 0;

  const post = async (
    upstream: string,
    credential: Credential,
    message: JsonObject,
    session: string | null,
  ): Promise<Reply> => {
    const url = new URL(`/mcp/${upstream}`, address());
    const answer = await fetch(url, {
      method: "POST",
      headers: {
        ...credential.headers("POST", url.href),
        "content-type": "application/json",
        accept: "application/json",
        ...(session === null ? {} : { "mcp-session-id": session, "mcp-protocol-version": VERSION }),
      },
      body: JSON.stringify({ jsonrpc: "2.0", ...message }),
      signal: AbortSignal.timeout(CALL_MAX_MS),
    });
    const text = await answer.text();
    const body = (text === "" ? {} : JSON.parse(text)) as Reply["body"];
    return { status: answer.status, session: answer.headers.get("mcp-session-id"), body };
  };

  /** The session of an agent with an upstream, or why it could not begin. */
  const begin = async (upstream: string, credential: Credential): Promise<string | Reply> => {
    const key = `${credential.key}\n${upstream}`;
    const known = sessions.get(key);
    if (known !== undefined) return known;
    const params = {
      protocolVersion: VERSION,
      capabilities: {},
      clientInfo: { name: "scenario", version: "1" },
    };
    const reply = await post(upstream, credential, { id: 0, method: "initialize", params }, null);
    if (reply.session === null || reply.body.error !== undefined) return reply;
    sessions.set(key, reply.session);
    await post(upstream, credential, { method: "notifications/initialized" }, reply.session);
    return reply.session;
  };

  const call = async (
    agent: string,
    { system, tool, args }: Call,
    { handle, credential: given }: CallOptions,
  ): Promise<Reached> => {
    const credential = given ?? plainCredential(`Bearer ${token(agent)}`);
    const meta = handle === undefined ? {} : { _meta: { [APPROVAL_KEY]: handle } };
    const params = { name: tool, arguments: args, ...meta };
    for (let attempt = 0; ; attempt += 1) {
      const session = await begin(system, credential);
      if (typeof session !== "string") return reachedOf(session);
      ids += 1;
      const message = { id: ids, method: "tools/call", params };
      const reply = await post(system, credential, message, session);
      // Time may have passed over a session: a client begins another one.
      if (reply.status !== 404 || attempt > 0) return reachedOf(reply);
      sessions.delete(`${credential.key}\n${system}`);
    }
  };
  return {
    call,
    prompt: promptOf({ address, token }),
    delegate: delegateOf({ address, token }),
    unsayable: () => null,
    reset: () => sessions.clear(),
  };
}

function reachedOf({ status, body }: Reply): Reached {
  const meta = body.result?._meta ?? {};
  const refusal = (meta[DECISION_KEY] as Refusal | undefined) ?? body.error?.data;
  const text = body.error?.message ?? textOf(body.result?.content);
  if (refusal !== undefined || body.error !== undefined)
    return {
      outcome: outcomeOf(refusal?.outcome),
      code: refusal?.code ?? `http.${status}`,
      policy: refusal?.policy ?? null,
      record: refusal?.record ?? null,
      approval: refusal?.approval?.id ?? null,
      text,
    };
  const receipt = meta[RECEIPT_KEY] as { readonly index?: number } | undefined;
  const record = receipt?.index ?? null;
  return { outcome: "allow", code: null, policy: null, record, approval: null, text };
}

function outcomeOf(text: string | undefined): Outcome | "error" {
  switch (text) {
    case "require_approval":
      return "require_approval";
    case "error":
    case "unknown":
      return "error";
    default:
      return "block";
  }
}

function textOf(content: readonly { readonly text?: string }[] = []): string {
  return content.map(({ text = "" }) => text).join("\n");
}
