import {
  type PasskeyPlace,
  passkeyChallenge,
  type Statement,
  statementText,
} from "@bylaw/identity";
import type { Store, StoredFactor } from "@bylaw/store";
import { type Context, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import * as z from "zod";
import type { ApprovalOps, HeldAction } from "../api/approvals.ts";
import { ASK } from "../factors/answer.ts";
import type { Enrolment } from "../factors/enrolment.ts";
import { judgePasskey } from "../factors/judge.ts";
import { onlyFrom, readAssets } from "./pages.ts";
import { remember } from "./sessions.ts";

/** Bytes of what a page sends: as much as the administrative API takes. */
const BODY_MAX_BYTES = 65_536;
/** How long a person reads: milliseconds. Reading is all that a session is good for. */
const SESSION_MS = 900_000;
const SESSIONS_MAX = 1_000;
/** How long a browser may take to answer who it is: milliseconds. */
const LOGIN_MS = 300_000;
const LOGINS_MAX = 1_000;

export interface PeopleOps {
  readonly place: PasskeyPlace;
  readonly store: Pick<Store, "factors" | "approvals">;
  readonly enrolment: Pick<Enrolment, "passkeyOptions" | "confirmPasskey">;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly holds: Pick<ApprovalOps, "list" | "batches">;
  /** Asks the administrative API, which asks for the person's factor. */
  admin(path: string, body: object, proof: string): Promise<Response>;
}

const base64url = z.string().regex(/^[A-Za-z0-9_-]{1,4096}$/);
const id = z.string().regex(/^(?:apr|bat)_[A-Za-z0-9_-]{1,64}$/);
const assertion = z.strictObject({
  authenticatorData: base64url,
  clientData: base64url,
  signature: base64url,
});
const loginBody = z.strictObject({ nonce: base64url, id: base64url, assertion });
const viewBody = z.strictObject({ session: base64url, id });
/** What can be answered; what it needs besides, and who may, is the administrative API's to judge. */
const ANSWERS = ["approve", "reject", "break-glass", "review"] as const;
const answered = {
  session: base64url,
  id,
  verdict: z.enum(ANSWERS),
  reason: z.string().max(500).nullable(),
  waiver: z.record(z.string(), z.unknown()).nullable().default(null),
  arguments: z.record(z.string(), z.unknown()).nullable().default(null),
};
const listBody = z.strictObject({ session: base64url });
const askBody = z.strictObject(answered);
const answerBody = z.strictObject({ ...answered, nonce: base64url, factor: z.string(), assertion });
const secretBody = z.strictObject({ secret: base64url });
const registration = z.strictObject({
  id: base64url,
  publicKey: z.string().regex(/^[A-Za-z0-9+/=]{1,200}$/),
  authenticatorData: base64url,
  clientData: base64url,
});
const madeBody = z.strictObject({ secret: base64url, made: registration });

/**
 * The page that people's browsers open: it shows one held action and takes an answer by passkey. The
 * link to it is worth nothing by itself, and reading takes a passkey as well.
 */
export function peopleApp(ops: PeopleOps): Hono {
  const { place, store, enrolment, holds, now } = ops;
  const assets = readAssets();
  const logins = remember<true>(now, LOGIN_MS, LOGINS_MAX);
  const sessions = remember<string>(now, SESSION_MS, SESSIONS_MAX);
  const app = new Hono();
  app.use(onlyFrom(place.origin), bodyLimit({ maxSize: BODY_MAX_BYTES }));
  app.onError((_, context) => context.json({ error: "people.internal" }, 500));
  app.notFound((context) => context.json({ error: "people.not_found" }, 404));

  for (const [path, { type, body }] of assets)
    for (const served of path === "page" ? ["/approvals", "/approvals/:id", "/enrol"] : [path])
      app.get(served, (context) => context.body(body, 200, { "content-type": type }));

  const mine = async (person: string): Promise<readonly StoredFactor[]> =>
    (await store.factors.list(person)).filter(({ kind }) => kind === "passkey");

  app.post("/people/begin", (context) => {
    const nonce = logins.add(true);
    if (nonce === null) return context.json({ error: "factor.busy" }, 503);
    return context.json({ nonce, challenge: loginChallenge(nonce), domain: place.domain });
  });
  app.post("/people/login", async (context) => {
    const body = loginBody.safeParse(await read(context));
    if (!body.success) return context.json({ error: "people.invalid" }, 400);
    const { nonce, id: credential, assertion: given } = body.data;
    if (logins.take(nonce) === null) return context.json({ error: "factor.unknown_nonce" }, 403);
    const factor = (await store.factors.list()).find(
      ({ kind, material }) => kind === "passkey" && credentialOf(material) === credential,
    );
    const last =
      factor === undefined ? null : judgePasskey(factor, place, loginChallenge(nonce), given);
    if (
      factor === undefined ||
      last === null ||
      !(await store.factors.pass({ factor: factor.id, last }))
    )
      return context.json({ error: "factor.wrong" }, 403);
    const session = sessions.add(factor.person);
    if (session === null) return context.json({ error: "factor.busy" }, 503);
    return context.json({ session, person: factor.person });
  });
  app.post("/people/waiting", async (context) => {
    const body = listBody.safeParse(await read(context));
    if (!body.success) return context.json({ error: "people.invalid" }, 400);
    if (sessions.get(body.data.session) === null)
      return context.json({ error: "people.session" }, 401);
    const [batches, followUps] = await Promise.all([holds.batches(), holds.list("follow-ups")]);
    return context.json({ batches, followUps });
  });
  app.post("/people/approval", async (context) => {
    const body = viewBody.safeParse(await read(context));
    if (!body.success) return context.json({ error: "people.invalid" }, 400);
    if (sessions.get(body.data.session) === null)
      return context.json({ error: "people.session" }, 401);
    const view = await viewOf(ops, body.data.id);
    return view === null ? context.json({ error: "approval.not_found" }, 404) : context.json(view);
  });
  app.post("/people/ask", async (context) => {
    const body = askBody.safeParse(await read(context));
    if (!body.success) return context.json({ error: "people.invalid" }, 400);
    const person = sessions.get(body.data.session);
    if (person === null) return context.json({ error: "people.session" }, 401);
    const { path, body: sent } = requestOf(person, body.data);
    const asked = await ops.admin(path, sent, ASK);
    const said = (await asked.json()) as { error?: string; statement?: Statement };
    if (said.statement === undefined) return context.json({ error: said.error }, 403);
    const { statement } = said;
    const challenge = passkeyChallenge(statementText(statement));
    const passkeys = (await mine(person)).map(({ id: factor, material }) => ({
      factor,
      id: credentialOf(material),
    }));
    return context.json({ statement, challenge, domain: place.domain, passkeys });
  });
  app.post("/people/answer", async (context) => {
    const body = answerBody.safeParse(await read(context));
    if (!body.success) return context.json({ error: "people.invalid" }, 400);
    const person = sessions.get(body.data.session);
    if (person === null) return context.json({ error: "people.session" }, 401);
    const { nonce, factor, assertion: given } = body.data;
    const proof = Buffer.from(JSON.stringify({ nonce, factor, assertion: given }));
    const { path, body: sent } = requestOf(person, body.data);
    return ops.admin(path, sent, proof.toString("base64url"));
  });
  app.post("/people/enrol", async (context) => {
    const body = secretBody.safeParse(await read(context));
    if (!body.success) return context.json({ error: "people.invalid" }, 400);
    const options = await enrolment.passkeyOptions(body.data.secret);
    return context.json(options, "error" in options ? 403 : 200);
  });
  app.post("/people/made", async (context) => {
    const body = madeBody.safeParse(await read(context));
    if (!body.success) return context.json({ error: "people.invalid" }, 400);
    const added = await enrolment.confirmPasskey(body.data.secret, body.data.made);
    return context.json(added, "error" in added ? 403 : 201);
  });
  return app;
}

function read(context: Context): Promise<unknown> {
  return context.req.json().catch(() => null);
}

function credentialOf(material: string): string {
  return (JSON.parse(material) as { readonly id: string }).id;
}

function loginChallenge(nonce: string): string {
  return passkeyChallenge(`bylaw reading v1\n${nonce}`);
}

/** What a person is shown, and what an answer to it covers: a request, or a batch exactly as it is now. */
interface View {
  /** Null for a request of its own. */
  readonly total: readonly string[] | null;
  readonly held: readonly HeldAction[];
  readonly covers: readonly string[];
  /** Whether somebody has to look at it after the glass was broken. */
  readonly followUp: boolean;
}

async function viewOf({ holds, store }: PeopleOps, wanted: string): Promise<View | null> {
  const batch = wanted.startsWith("bat_")
    ? (await holds.batches()).find((one) => one.id === wanted)
    : undefined;
  const all = await holds.list("all");
  const ids = batch?.members ?? [wanted];
  const held = ids.flatMap((one) => all.find((other) => other.id === one) ?? []);
  const digests = await Promise.all(
    ids.map(async (one) => (await store.approvals.get(one))?.digest),
  );
  if (held.length !== ids.length || digests.includes(undefined)) return null;
  return {
    total: batch?.total ?? null,
    held,
    covers: ids.map((one, at) => `${one} ${digests[at]}`),
    followUp: (await holds.list("follow-ups")).some((one) => one.id === wanted),
  };
}

type Said = Omit<z.infer<typeof askBody>, "session">;

/** The administrative request that an answer stands for; it is what the passkey signs. */
function requestOf(
  person: string,
  { id: approval, verdict, reason, waiver, arguments: edited }: Said,
): { readonly path: string; readonly body: object } {
  if (verdict === "approve" || verdict === "reject")
    return {
      path: `/approvals/${approval}/votes`,
      body: { as: person, verdict, reason, waiver, arguments: edited },
    };
  return { path: `/approvals/${approval}/${verdict}`, body: { as: person, reason } };
}
