import { type JsonObject, member, type ToolDefinition } from "@bylaw/core";
import { NO_BARRIER } from "../barrier.ts";
import { carryOut, refuse } from "../carry-out.ts";
import { MODERN_RPC, statusOf } from "../codes.ts";
import { type Decoded, decodeRequest, toAction } from "../decode.ts";
import { errorBytes, idKey, type RequestMessage } from "../jsonrpc.ts";
import { PLAIN } from "../link.ts";
import { resolveTool } from "../listing.ts";
import { LEGACY_VERSIONS, MODERN_REQUESTS } from "../methods.ts";
import { failureOf, plainRefusal, refusalBytes, refusalOf } from "../refusal.ts";
import type { Reply } from "../reply.ts";
import { freshEntry, type InFlight, isUnwanted, reject, type SessionState } from "../state.ts";
import type { Item } from "../wire.ts";
import { connect, type NotConnected } from "./connect.ts";
import { comeBack, waitOn } from "./hold.ts";
import type { Lane, ModernRequest } from "./lane.ts";
import { MODERN_VERSIONS, TASKS_EXTENSION } from "./meta.ts";
import { argumentMirror, mirrorOf, unknownMirror } from "./mirror.ts";

/** Where the judged arguments of a call keep what its client answers the upstream. */
const ANSWERS_KEY = "io.modelcontextprotocol/inputResponses";

/** Takes a request without a session to its answer; every path answers exactly once. Never rejects. */
export async function takeModern(
  state: SessionState,
  modern: ModernRequest,
  item: Item<RequestMessage>,
  reply: Reply,
): Promise<void> {
  const { id, method } = item.message;
  try {
    const obstacle = obstacleTo(state, modern, item.message);
    if (obstacle === "version.unsupported") return await unsupported(state, modern, item, reply);
    if (obstacle !== null) return await refuse(state, item, reply, obstacle);
    const entry = freshEntry(id, method, reply);
    state.inFlight.set(idKey(id), entry);
    modern.lane.running += 1;
    try {
      await act(state, modern, item, entry);
    } finally {
      modern.lane.running -= 1;
      modern.lane.lastUsed = state.context.ops.now();
      state.inFlight.delete(idKey(id));
    }
  } catch (error) {
    // A bug of ours must neither look like an answer of the upstream nor leave the client waiting.
    const text = error instanceof Error ? error.name : "unknown";
    state.context.log({ kind: "bug", upstream: state.upstream, text });
    await reply.answer(refusalBytes(id, "", null, plainRefusal("gateway.error")));
  }
}

function obstacleTo(
  { context }: SessionState,
  { lane, version }: ModernRequest,
  { method }: RequestMessage,
): string | null {
  if (context.draining()) return "gateway.draining";
  if (!MODERN_VERSIONS.includes(version)) return "version.unsupported";
  if (!MODERN_REQUESTS.has(method)) return "method.unknown";
  return lane.running >= context.limits.inFlight ? "limit.in_flight" : null;
}

async function act(
  state: SessionState,
  modern: ModernRequest,
  arrived: Item<RequestMessage>,
  entry: InFlight,
): Promise<void> {
  const { context, upstream } = state;
  const { reply } = entry;
  const back = comeBack(state, arrived);
  if (!back.ok) return refuse(state, arrived, reply, back.error, namedTool(arrived.message));
  const { item, ticket } = back.value;
  const { method, params } = item.message;
  const known = MODERN_REQUESTS.get(method);
  if (known === undefined) throw new Error("unknown methods are refused before");
  const decoded = decodeRequest(item, known, context.limits.approvalChars);
  if (!decoded.ok) return refuse(state, item, reply, decoded.error);
  if (ticket !== null && decoded.value.handle !== null)
    return refuse(state, item, reply, "params.meta");
  if (ANSWERS_KEY in decoded.value.arguments) return refuse(state, item, reply, "params.arguments");
  const { target, progressToken } = decoded.value;
  entry.progressToken = progressToken;
  const unconnected = await connect(state, modern, entry);
  if (unconnected !== null) return answerUnconnected(state, modern, item, entry, unconnected);

  const strange = method.startsWith("tasks/") ? taskObstacle(modern.lane, target) : null;
  if (strange !== null) return refuse(state, item, reply, strange);

  const ended = ticket === null ? null : await waitOn(state, entry, ticket);
  if (isUnwanted(entry)) return reply.accept();
  if (ended !== null) return refuse(state, item, reply, ended, namedTool(item.message));

  const bound = await bind(state, modern, item.message, decoded.value);
  if ("code" in bound) return refuse(state, item, reply, bound.code, bound.tool);
  const id = context.ids.action();
  const judged: Decoded = {
    ...decoded.value,
    handle: ticket?.id ?? decoded.value.handle,
    arguments: judgedArguments(decoded.value.arguments, params, known.argumentsIn === null),
  };
  const where = { caller: state.caller, upstream };
  const action = toAction(id, method, judged, arrived.bytes, where, bound.definition);
  await carryOut(state, { item, entry, decoded: judged, action, barrier: NO_BARRIER, ticket });
}

/** A task belongs to who began it: an upstream sees one credential only, and would tell anybody. */
function taskObstacle({ era: { known }, tasks }: Lane, target: string | null): string | null {
  if (known.kind !== "modern" || !known.extensions.includes(TASKS_EXTENSION))
    return "method.unknown";
  return tasks.has(target ?? "") ? null : "task.unknown";
}

type Bound =
  | { readonly definition: ToolDefinition | null }
  | { readonly code: string; readonly tool: string | null };

/** Finds the tool that a call names, and what its headers must say. */
async function bind(
  state: SessionState,
  modern: ModernRequest,
  message: RequestMessage,
  { target, arguments: args }: Decoded,
): Promise<Bound> {
  const standard = mirrorOf(message);
  modern.mirror = standard;
  if (message.method !== "tools/call" || target === null) return { definition: null };
  const tool = await resolveTool(state, target);
  // A name that is not there is the caller's mistake and an error of the protocol, not of a tool.
  if (!tool.ok) return { code: tool.error, tool: tool.error === "tool.unknown" ? null : target };
  const own = argumentMirror(tool.value.inputSchema, args, modern.headers);
  if (!own.ok) return { code: own.error, tool: own.error === "tool.header" ? target : null };
  const others = modern.headers === null ? {} : unknownMirror(modern.headers, own.value);
  modern.mirror = { ...others, ...own.value, ...standard };
  return { definition: tool.value };
}

/**
 * What a client answers the upstream is judged with the call that it comes with; a state is nobody's
 * argument. `whole`: the arguments are all of the parameters.
 */
function judgedArguments(args: JsonObject, params: JsonObject, whole: boolean): JsonObject {
  const answers = member(params, "inputResponses");
  const own = Object.entries(args).filter(
    ([key]) => !whole || (key !== "requestState" && key !== "inputResponses"),
  );
  return Object.fromEntries(answers === undefined ? own : [...own, [ANSWERS_KEY, answers]]);
}

function namedTool({ method, params }: RequestMessage): string | null {
  const name = method === "tools/call" ? member(params, "name") : undefined;
  return typeof name === "string" ? name : null;
}

async function answerUnconnected(
  state: SessionState,
  modern: ModernRequest,
  item: Item<RequestMessage>,
  entry: InFlight,
  unconnected: NotConnected,
): Promise<void> {
  if (unconnected.kind === "legacy") return answerForLegacy(state, modern, item, entry.reply);
  // Who cancelled does not expect an answer.
  if (isUnwanted(entry)) return entry.reply.accept();
  const { action, verdict } = unconnected;
  const refusal =
    verdict.kind === "refused"
      ? refusalOf(action, verdict, state.context.ops)
      : failureOf(action, verdict, state.context.ops);
  const { id, method } = item.message;
  await entry.reply.answer(refusalBytes(id, method, namedTool(item.message), refusal, "modern"));
}

/**
 * An upstream of an older revision: an ordinary error at once makes clients fall back to `initialize`,
 * silence would cost them their time-out.
 */
async function answerForLegacy(
  state: SessionState,
  modern: ModernRequest,
  item: Item<RequestMessage>,
  reply: Reply,
): Promise<void> {
  const { id, method } = item.message;
  if (method !== "server/discover" && method !== "subscriptions/listen")
    return unsupported(state, modern, item, reply);
  const record = await reject(state, "method.unknown", item.bytes);
  const refusal = plainRefusal("method.unknown", null, record);
  // Not 404: that one says that a server of this revision is there.
  await reply.answer(refusalBytes(id, "", null, refusal), { ...PLAIN, status: 400 });
}

async function unsupported(
  state: SessionState,
  { lane, version: requested }: ModernRequest,
  item: Item<RequestMessage>,
  reply: Reply,
): Promise<void> {
  await reject(state, "version.unsupported", item.bytes);
  const { known } = lane.era;
  const supported =
    known.kind === "modern"
      ? known.versions.filter(isServed)
      : known.kind === "legacy"
        ? LEGACY_VERSIONS
        : [...MODERN_VERSIONS, ...LEGACY_VERSIONS];
  const code = MODERN_RPC.unsupportedVersion;
  const bytes = errorBytes(item.message.id, code, "unsupported protocol version", {
    supported,
    requested,
  });
  await reply.answer(bytes, { ...PLAIN, status: statusOf(code) });
}

function isServed(version: string): boolean {
  return MODERN_VERSIONS.includes(version) || LEGACY_VERSIONS.includes(version);
}
