import { canonicalize, canonicalTime, isObject, type Json, type ProofRecord } from "@bylaw/core";
import { bodyDigest, type Statement } from "@bylaw/identity";
import type { StoredFactor } from "@bylaw/store";
import type { Context, MiddlewareHandler } from "hono";
import { currentUser } from "../config/user.ts";
import type { Host } from "../host/pipeline-ops.ts";
import { type Answered, ASK, readAnswer } from "./answer.ts";
import { type ChallengeError, createChallenges } from "./challenges.ts";
import { PERSON_HEADER, PROOF_HEADER } from "./headers.ts";
import { judge, type Means } from "./judge.ts";
import { isNeeded } from "./needed.ts";

/** What a request is about, for the statement that is signed and for the person who reads it. */
export interface Subject {
  /** As it stands now, exactly: when it changes, the answer is worth nothing. */
  readonly covers: readonly string[];
  /** Lines for people, the risky part first. */
  readonly shows: readonly string[];
  /** Who has to prove it, where neither `as` nor the header says so. */
  readonly person?: string;
  /** Needs a factor whatever the configuration says, and whoever asks. */
  readonly always?: true;
}

/** Null: this request widens nothing. In: its body as parsed, null where it is no JSON. */
export type About = (context: Context, body: Json) => Promise<Subject | null>;

/** What a person proved for the request at hand. */
export interface Proven {
  readonly person: string;
  readonly covers: readonly string[];
}

/** Requests that needed a factor, and what was proved for them. */
export interface AdminEnv {
  readonly Variables: { readonly proven?: Proven };
}

/** What a person is asked to prove, as the answer to a request that lacked it. */
export interface Asked {
  readonly error: "factor.required";
  readonly statement: Statement;
  readonly shows: readonly string[];
  readonly factors: readonly { readonly id: string; readonly kind: StoredFactor["kind"] }[];
}

export type FactorError =
  | ChallengeError
  | "factor.none"
  | "factor.busy"
  | "factor.malformed"
  | "factor.unknown"
  | "factor.locked"
  | "factor.wrong"
  | "factor.code_used";

const STATUS_OF: Readonly<Record<FactorError, 400 | 403 | 409 | 429 | 503>> = {
  "factor.none": 403,
  "factor.busy": 503,
  "factor.malformed": 400,
  "factor.unknown_nonce": 403,
  "factor.replayed": 409,
  "factor.expired": 403,
  "factor.other_request": 403,
  "factor.changed": 409,
  "factor.unknown": 403,
  "factor.locked": 429,
  "factor.wrong": 403,
  "factor.code_used": 403,
};

/** Names of people, as the directory has them. */
const PERSON = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
/** Lines that a person is shown. */
const SHOWN_MAX = 40;

/** Stands before every administrative request that widens what may be done. */
export interface Guard {
  /** In: what the request is about. */
  before(about: About): MiddlewareHandler<AdminEnv>;
  /** Whether this person has to prove it. */
  needed(person: string): Promise<boolean>;
}

type Given = Pick<Host, "config" | "store" | "now">;

export function createGuard(host: Given, means: Means): Guard {
  const { config, store, now } = host;
  const challenges = createChallenges(now);
  const refuse = (context: Context, error: FactorError): Response =>
    context.json({ error }, STATUS_OF[error]);

  /** Null when it is good; it is recorded before anything follows from it. */
  async function check(
    answer: Answered,
    asked: Omit<Statement, "v" | "nonce" | "expires">,
    usable: readonly StoredFactor[],
  ): Promise<FactorError | null> {
    const statement = challenges.take(answer.nonce, asked);
    if (typeof statement === "string") return statement;
    const factor = usable.find(({ id }) => id === answer.factor);
    if (factor === undefined) return "factor.unknown";
    const attempt = { factor: factor.id, nonce: answer.nonce, now: now() };
    if (!(await store.factors.attempt(attempt))) return "factor.locked";
    const right = judge(factor, statement, answer, means, now());
    if (right === null) return "factor.wrong";
    const { last, ...signed } = right;
    if (!(await store.factors.pass({ factor: factor.id, last }))) return "factor.code_used";
    const record: ProofRecord = {
      v: 1,
      kind: "proof",
      at: canonicalTime(now()),
      by: asked.person,
      factor: factor.id,
      method: factor.kind,
      statement: canonicalize(statement as unknown as Json),
      ...signed,
    };
    await store.log.append(record, "sync", null);
    return null;
  }

  const before = (about: About): MiddlewareHandler<AdminEnv> =>
    async function guard(context, next) {
      const body = (await context.req.json().catch(() => null)) as Json;
      const subject = await about(context, body);
      const header = context.req.header(PROOF_HEADER);
      if (subject === null)
        return header === undefined ? next() : refuse(context, "factor.malformed");
      const person = personOf(context, body, subject);
      const digest = digestOf(body);
      if (person === null || digest === null) return context.json({ error: "admin.invalid" }, 400);
      const all = await store.factors.list();
      // Whoever sends a proof, or asks for what to prove, gets no answer without one.
      const needed = header !== undefined || subject.always === true;
      if (!needed && !isNeeded(config, all, person)) return next();
      const usable = all.filter(
        (one) => one.person === person && config.factors.accept.includes(one.kind),
      );
      if (usable.length === 0) return refuse(context, "factor.none");
      const asked = {
        gateway: store.log.origin,
        person,
        request: `${context.req.method} ${new URL(context.req.url).pathname}`,
        body: digest,
        covers: subject.covers,
      };
      if (header === undefined || header === ASK) {
        const statement = challenges.issue(asked);
        if (statement === null) return refuse(context, "factor.busy");
        const challenge: Asked = {
          error: "factor.required",
          statement,
          shows: subject.shows.slice(0, SHOWN_MAX),
          factors: usable.map(({ id, kind }) => ({ id, kind })),
        };
        return context.json(challenge, 403);
      }
      const answer = readAnswer(header);
      const problem = answer === null ? "factor.malformed" : await check(answer, asked, usable);
      if (problem !== null) return refuse(context, problem);
      context.set("proven", { person, covers: subject.covers });
      return next();
    };

  return {
    before,
    needed: async (person) => isNeeded(config, await store.factors.list(), person),
  };
}

/** Null for what has no canonical form, such as half a surrogate pair. */
function digestOf(body: Json): string | null {
  try {
    return bodyDigest(body);
  } catch {
    return null;
  }
}

function personOf(context: Context, body: Json, { person }: Subject): string | null {
  const said = isObject(body) ? body["as"] : undefined;
  const named = said ?? context.req.header(PERSON_HEADER) ?? person ?? currentUser();
  return typeof named === "string" && PERSON.test(named) ? named : null;
}
