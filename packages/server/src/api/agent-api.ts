import {
  type Caller,
  deciding,
  fail,
  isObject,
  type Json,
  type JsonObject,
  member,
  parseStrict,
  type Result,
} from "@bylaw/core";
import {
  type Answer,
  type Ask,
  challenge,
  type Reject,
  type Reported,
  type SdkGateway,
  wireBytes,
} from "@bylaw/gateway";
import type { Admitted } from "@bylaw/identity";
import { encodeReceiptHeader } from "@bylaw/ledger";
import type { HttpBindings } from "@hono/node-server";
import { type Context, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import * as z from "zod";
import type { Identity } from "../identity/identity.ts";
import { delegationBody } from "./delegations.ts";

/** Handlers see the request as Node has it: with every header, also the second of two. */
interface Api {
  Bindings: HttpBindings;
}

const EMPTY = new Uint8Array();

/** The same receipt as in the body, for proxies and clients that keep headers. */
const RECEIPT_HEADER = "bylaw-receipt";

const name = z.string().min(1).max(256);
const askBody = z.strictObject({
  tool: name,
  arguments: z.custom<JsonObject>((value) => isObject(value as Json)),
  upstream: name.default("app"),
  approval: name.optional(),
  wait: z.boolean().default(true),
});
/** The form of a code: whatever else a report calls one may be a message with a secret in it. */
const CODE = /^[a-z][a-z0-9_-]*(\.[a-z0-9_-]+)*$/;
const CODE_MAX_CHARS = 64;
const reportBody = z.strictObject({
  completion: z.enum(["ok", "error", "unknown"]),
  code: z.string().max(256).optional(),
  result: z.string().optional(),
  usage: z
    .strictObject({
      usd: z.number().nonnegative().optional(),
      tokens: z.int().nonnegative().optional(),
    })
    .optional(),
});
const promptBody = z.strictObject({ text: z.string().min(1) });

/** What a person wrote to an agent. Out: false when this caller's word on it is not taken. */
export type Prompted = (caller: Caller, text: string) => boolean;

/**
 * What an agent's own code asks through the SDK: a verdict before it acts, and a report afterwards.
 * Bodies are read as strictly as every other message (one reading, or refused).
 */
export function agentApi(
  gateway: SdkGateway,
  { admit, delegate }: Pick<Identity, "admit" | "delegate">,
  reject: Reject,
  bodyBytesMax: number,
  prompted: Prompted,
): Hono<Api> {
  const app = new Hono<Api>();
  const admitted = async (context: Context<Api>): Promise<Result<Admitted, Response>> => {
    const who = await admit(context.env.incoming).catch(() => fail({ code: "credential.error" }));
    if (who.ok) return who;
    const { code } = who.error;
    await reject({ upstream: null, credential: null, code, bytes: EMPTY });
    return fail(context.json({ error: code }, 401, { "www-authenticate": challenge(code) }));
  };
  const onError = (context: Context) => context.json({ error: "request.too_large" }, 413);
  app.use(bodyLimit({ maxSize: bodyBytesMax, onError }));
  app.onError((_error, context) => context.json({ error: "gateway.error" }, 500));
  app.notFound((context) => context.json({ error: "not_found" }, 404));

  app.post("/v1/actions", async (context) => {
    const who = await admitted(context);
    if (!who.ok) return who.error;
    const read = await readBody(context);
    const body = read === null ? null : askBody.safeParse(read.value);
    if (read === null || body === null || !body.success)
      return context.json({ error: "request.malformed" }, 400);
    const ask: Ask = {
      upstream: body.data.upstream,
      tool: body.data.tool,
      // As the strict reader made it: the schema library's copy would have prototypes again.
      arguments: isObject(read.value) ? argumentsOf(read.value) : {},
      definition: null,
      handle: body.data.approval ?? null,
      wait: body.data.wait,
      bytes: read.bytes,
    };
    const answer = await gateway.ask(who.value.caller, ask, context.req.raw.signal);
    if (answer.receipt !== null)
      context.header(RECEIPT_HEADER, encodeReceiptHeader(answer.receipt));
    return context.json(verdictOf(answer));
  });

  app.post("/v1/actions/:id/outcome", async (context) => {
    const who = await admitted(context);
    if (!who.ok) return who.error;
    const read = await readBody(context);
    const body = reportBody.safeParse(read?.value);
    if (!body.success) return context.json({ error: "request.malformed" }, 400);
    const { completion, code, result, usage } = body.data;
    const reported: Reported = {
      completion,
      code: codeOf(completion, code),
      texts: result === undefined ? null : [result],
      usage: { usd: usage?.usd ?? null, tokens: usage?.tokens ?? null },
    };
    return (await gateway.report(who.value.caller, context.req.param("id"), reported))
      ? context.json({ ok: true })
      : context.json({ error: "action.unknown" }, 404);
  });

  app.post("/v1/prompts", async (context) => {
    const who = await admitted(context);
    if (!who.ok) return who.error;
    const body = promptBody.safeParse((await readBody(context))?.value);
    if (!body.success) return context.json({ error: "request.malformed" }, 400);
    return prompted(who.value.caller, body.data.text)
      ? context.json({ ok: true })
      : context.json({ error: "prompt.untrusted" }, 403);
  });

  app.post("/v1/delegations", async (context) => {
    const who = await admitted(context);
    if (!who.ok) return who.error;
    const read = await readBody(context);
    const body = delegationBody.safeParse(read?.value);
    if (!body.success) return context.json({ error: "request.malformed" }, 400);
    const delegated = await delegate(who.value, body.data);
    if (delegated.ok) return context.json(delegated.value, 201);
    const { code, ...rest } = delegated.error;
    return context.json({ error: code, ...rest }, 403);
  });
  return app;
}

function argumentsOf(body: JsonObject): JsonObject {
  const given = member(body, "arguments");
  return isObject(given) ? given : {};
}

async function readBody(
  context: Context,
): Promise<{ readonly value: Json; readonly bytes: Ask["bytes"] } | null> {
  const bytes = new Uint8Array(await context.req.arrayBuffer());
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
  const parsed = parseStrict(text);
  if (!parsed.ok) return null;
  return { value: parsed.value, bytes: wireBytes(bytes) };
}

function verdictOf({ action, decision, record, receipt, pending }: Answer): JsonObject {
  const reason = deciding(decision);
  return {
    action,
    outcome: decision.outcome,
    allowed: decision.outcome === "allow" || decision.outcome === "log",
    code: reason.code,
    policy: reason.policy,
    reason: reason.text,
    record: record?.index ?? null,
    approval: pending?.id ?? null,
    receipt: receipt === null ? null : { ...receipt },
  };
}

/** What the log says of an error. The record keeps codes, never what an application says in words. */
function codeOf(completion: "ok" | "error" | "unknown", code: string | undefined): string | null {
  if (completion === "ok") return null;
  if (code !== undefined && code.length <= CODE_MAX_CHARS && CODE.test(code)) return code;
  return `app.${completion}`;
}
