import { isObject, member } from "@bylaw/core";
import type { BeginSession } from "../http.ts";
import { notificationBytes, type RequestMessage, resultBytes } from "../jsonrpc.ts";
import { LEGACY_VERSIONS } from "../methods.ts";
import type { Reply } from "../reply.ts";
import type { Item } from "../wire.ts";
import { within } from "../within.ts";
import type { Health } from "./health.ts";
import { createMember, type Introduction, type Member } from "./member.ts";
import { fromServer, type MergedState, refuse } from "./state.ts";
import { introduction } from "./words.ts";

/** Revisions with arrays are left out: all of a batch or nothing cannot be had from several servers. */
const VERSIONS: readonly string[] = LEGACY_VERSIONS.filter((version) => version !== "2025-03-26");

/** Answers `initialize`: connects every server that may be connected, and waits for none too long. */
export async function initialize(
  state: MergedState,
  parts: { readonly health: Health; readonly begin: BeginSession },
  item: Item<RequestMessage>,
  reply: Reply,
): Promise<void> {
  const { id, params } = item.message;
  const wanted = member(params, "protocolVersion");
  const capabilities = member(params, "capabilities") ?? {};
  const clientInfo = member(params, "clientInfo") ?? {};
  if (typeof wanted !== "string" || !isObject(capabilities) || !isObject(clientInfo))
    return refuse(state, item, reply, "params.arguments");
  state.phase = "starting";
  const version = versionFor(wanted);
  state.members = membersOf(state, parts, { version, capabilities, clientInfo });
  const all = [...state.members.values()];
  await within(
    Promise.all(all.map((one) => one.connect(state.caller))),
    state.context.limits.mergeMs,
  );
  if (isOver(state)) return;
  state.version = version;
  state.phase = "begun";
  await reply.answer(resultBytes(id, introduction(state.names, version, all)));
}

/** While it waited the session may have ended. */
function isOver({ phase }: MergedState): boolean {
  return phase === "over";
}

function versionFor(wanted: string): string {
  if (VERSIONS.includes(wanted)) return wanted;
  // Whoever knows the revision with batches knows the one before it, too.
  return wanted === "2025-03-26" ? "2024-11-05" : (VERSIONS[0] as string);
}

function membersOf(
  state: MergedState,
  { health, begin }: { readonly health: Health; readonly begin: BeginSession },
  introduced: Introduction,
): ReadonlyMap<string, Member> {
  return new Map(
    state.names.upstreams.map((upstream) => {
      const one: Member = createMember({
        context: state.context,
        upstream,
        health,
        introduction: introduced,
        begin: (ends) => begin(upstream, state.caller, ends),
        fromServer: (bytes) => fromServer(state, upstream, bytes, state.toClient),
        onConnected: () => connected(state, one),
        onLost: () => state.asked.forget(upstream),
      });
      return [upstream, one];
    }),
  );
}

/** A server is there, maybe again: it hears what the client wanted, and the client that it is there. */
function connected(state: MergedState, one: Member): void {
  const { caller, level, subscribed, context, phase } = state;
  const again = (method: string, params: Item<RequestMessage>["message"]["params"]): void =>
    void one.ask(method, params, caller, AbortSignal.timeout(context.limits.mergeMs));
  if (level !== null && "logging" in one.capabilities) again("logging/setLevel", level);
  for (const [key, { message }] of subscribed)
    if (key.startsWith(`${one.upstream} `)) again(message.method, message.params);
  if (phase !== "begun") return;
  // What the client has listed is without this server, or of an earlier run of it.
  for (const kind of ["tools", "prompts", "resources"])
    void state.toClient(notificationBytes(`notifications/${kind}/list_changed`, {}));
}
