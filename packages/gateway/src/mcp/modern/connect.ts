import { isObject, type JsonObject, member } from "@bylaw/core";
import { type Enforced, govern, type Verdict } from "../../pipeline.ts";
import { type Asked, ask, openLink } from "../ask.ts";
import { toAction } from "../decode.ts";
import { notSent } from "../forward.ts";
import { keepHeldAlive } from "../hold.ts";
import { encode } from "../jsonrpc.ts";
import { internalId } from "../listing.ts";
import { reviewed } from "../review.ts";
import type { InFlight, SessionState } from "../state.ts";
import type { ModernRequest } from "./lane.ts";
import { extensionsOf, MODERN_VERSIONS, OWN_META } from "./meta.ts";

/** What came of connecting: null when requests can go on. */
export type NotConnected =
  | { readonly kind: "legacy" }
  | { readonly kind: "verdict"; readonly action: string; readonly verdict: Verdict };

/**
 * Lets a client through to an upstream for the first time, if it may: without sessions there is no
 * `initialize` that policy could be asked about, and nothing may be started or called before. Finds out
 * which revision the upstream serves.
 */
export async function connect(
  state: SessionState,
  modern: ModernRequest,
  entry: InFlight,
): Promise<NotConnected | null> {
  const { lane } = modern;
  const { context, caller, upstream } = state;
  if (lane.era.known.kind === "legacy" && lane.era.known.until > context.ops.now())
    return { kind: "legacy" };
  if (lane.connected) return null;
  const method = "server/discover";
  const id = internalId(state);
  const bytes = encode({ jsonrpc: "2.0", id, method, params: { _meta: OWN_META } });
  const decoded = {
    target: null,
    arguments: {},
    handle: null,
    progressToken: null,
    outbound: bytes,
  };
  const action = context.ids.action();
  let stopBeating: () => void = () => undefined;
  const verdict = await govern(
    toAction(action, method, decoded, bytes, { caller, upstream }, null),
    async () => {
      stopBeating();
      const failed = await openLink(state);
      if (failed !== null) return notSent(failed);
      const { startMs, probeMs } = context.limits;
      const idleMs = lane.silentIsLegacy ? probeMs : startMs;
      const mirror = { "mcp-method": method };
      const asked = await ask(state, id, bytes, idleMs, entry.abort.signal, mirror);
      const learned = learn(state, modern, asked);
      // A package may be there only since it was started.
      const changed = lane.connected
        ? await reviewed(context.review.identity(upstream, true))
        : null;
      if (changed === null) return learned;
      await lane.close();
      return { ...learned, completion: "error" as const, code: changed };
    },
    context.ops,
    entry.abort.signal,
    (ticket) => {
      entry.held = true;
      stopBeating = keepHeldAlive(entry, ticket, context.limits.keepAliveMs);
    },
  );
  stopBeating();
  if (lane.connected) return null;
  // A program that was only started to be asked, unless others ask it too.
  if (lane.running <= 1) await lane.close();
  return lane.era.known.kind === "legacy"
    ? { kind: "legacy" }
    : { kind: "verdict", action, verdict };
}

/** Failures that an upstream of an older revision answers an unknown request with. */
const LEGACY_ANSWERS: readonly string[] = [
  "upstream.status",
  "upstream.garbage",
  "upstream.no_answer",
];

function learn(state: SessionState, { lane }: ModernRequest, asked: Asked): Enforced {
  const { context } = state;
  const silent = lane.silentIsLegacy && LEGACY_SILENCE.includes(failureOf(asked));
  if (silent || LEGACY_ANSWERS.includes(failureOf(asked)) || !isModernAnswer(asked)) {
    lane.era.known = { kind: "legacy", until: context.ops.now() + context.limits.eraMs };
    if (asked.kind === "answered") asked.delivered();
    return { sent: true, completion: "error", code: "upstream.era", result: null };
  }
  if (asked.kind === "failed")
    return {
      sent: asked.sent,
      completion: asked.sent ? "unknown" : "error",
      code: asked.code,
      result: null,
    };
  asked.delivered();
  const { bytes, message } = asked.item;
  const discovered = message.body.kind === "result" ? message.body.result : {};
  const versions = versionsOf(discovered);
  const result = { digest: context.resultDigest(bytes), length: bytes.byteLength };
  if (!versions.some((version) => MODERN_VERSIONS.includes(version)))
    return { sent: true, completion: "error", code: "upstream.version", result };
  lane.era.known = { kind: "modern", versions, extensions: extensionsOf(discovered) };
  lane.connected = true;
  return { sent: true, completion: "ok", code: null, result };
}

/** Some older programs end at the first line that they do not know, others never answer it. */
const LEGACY_SILENCE: readonly string[] = ["upstream.timeout", "upstream.closed"];

function failureOf(asked: Asked): string {
  return asked.kind === "failed" ? asked.code : "";
}

/** Whether an answer, if there is one, is that of a server which knows of this era at all. */
function isModernAnswer(asked: Asked): boolean {
  if (asked.kind === "failed") return true;
  const { body } = asked.item.message;
  if (body.kind === "result") return Array.isArray(member(body.result, "supportedVersions"));
  const data = member(body.error, "data");
  const supported = isObject(data) ? member(data, "supported") : undefined;
  // It names revisions that are newer than all with sessions: it is asked for one of those.
  return Array.isArray(supported) && supported.some((one) => String(one) >= "2026");
}

function versionsOf(result: JsonObject): readonly string[] {
  const written = member(result, "supportedVersions");
  return Array.isArray(written) ? written.filter((one) => typeof one === "string") : [];
}
