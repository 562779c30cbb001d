import { randomBytes } from "node:crypto";
import { canonicalTime, type FactorKind } from "@bylaw/core";
import {
  keyId,
  matchTotp,
  newTotpSecret,
  type PasskeyPlace,
  passkeyChallenge,
  type Registration,
  readPublicKey,
  readRegistration,
  totpUri,
} from "@bylaw/identity";
import type { StoredFactor } from "@bylaw/store";
import type { Host } from "../host/pipeline-ops.ts";
import type { Sealer } from "../host/sealed.ts";
import type { FactorRow } from "./answer.ts";
import { isNeeded } from "./needed.ts";

/** Milliseconds in which a new TOTP secret has to be confirmed with a code. */
const CONFIRM_MAX_MS = 600_000;
/** Codes that may be tried before the secret is dropped. */
const CONFIRM_TRIES_MAX = 5;
/** Enrolments that wait for their first code. */
const PENDING_MAX = 100;
const ID_BYTES = 9;
/** Of a link that makes a passkey. */
const SECRET_BYTES = 32;

export type EnrolmentError =
  | "factor.unknown_person"
  | "factor.not_accepted"
  | "factor.public_key"
  | "factor.not_first"
  | "factor.exists"
  | "factor.too_many"
  | "factor.busy"
  | "factor.not_pending"
  | "factor.no_page"
  | "factor.wrong"
  | "factor.not_found";

export interface Person {
  readonly name: string;
  readonly groups: readonly string[];
  readonly factors: readonly FactorRow[];
  /** Whether what widens rights asks this person for a factor. */
  readonly needed: boolean;
}

/** Who has to prove who they are, and can. */
export interface FactorStatus {
  /** People who have a factor. */
  readonly enrolled: number;
  /** Whether the administrative token alone still approves for anybody. */
  readonly tokenAlone: boolean;
}

export interface PendingTotp {
  readonly id: string;
  /** For an authenticator app; shown once. */
  readonly uri: string;
}

export interface PendingPasskey {
  /** Opens the page where the passkey is made, once; for the person's eyes alone. */
  readonly link: string;
  /** Canonical time. */
  readonly expires: string;
}

/** What a browser needs to make a passkey. */
export interface PasskeyOptions {
  readonly challenge: string;
  readonly domain: string;
  readonly person: string;
  /** Stable id of the person for the authenticator, base64url. */
  readonly user: string;
  /** Credential ids that the person has already. */
  readonly known: readonly string[];
}

type Refused<E = EnrolmentError> = { readonly error: E };

/**
 * Factors of people: who has which, and what changes them. `proven` says whether who asks has proved it;
 * what nobody proved can only be the first factor of all.
 */
export interface Enrolment {
  people(): Promise<readonly Person[]>;
  /** In: base64 SPKI of an Ed25519 key, whose other half is sealed under a passphrase elsewhere. */
  addKey(
    person: string,
    publicKey: string,
    by: string,
    proven: boolean,
  ): Promise<FactorRow | Refused>;
  beginTotp(person: string, by: string, proven: boolean): Promise<PendingTotp | Refused>;
  confirmTotp(id: string, code: string): Promise<FactorRow | Refused>;
  beginPasskey(person: string, by: string, proven: boolean): Promise<PendingPasskey | Refused>;
  /** In: the secret of the link. */
  passkeyOptions(secret: string): Promise<PasskeyOptions | Refused>;
  confirmPasskey(secret: string, made: Registration): Promise<FactorRow | Refused>;
  /** Of a person, one factor or (`id` null) all; only for who has proved it. */
  remove(person: string, id: string | null, by: string): Promise<{ removed: number } | Refused>;
}

export async function factorStatus({
  config,
  store,
}: Pick<Host, "config" | "store">): Promise<FactorStatus> {
  const all = await store.factors.list();
  const people = Object.keys(config.people);
  return {
    enrolled: new Set(all.map(({ person }) => person)).size,
    tokenAlone: people.some((person) => !isNeeded(config, all, person)),
  };
}

interface Pending {
  readonly person: string;
  readonly by: string;
  readonly proven: boolean;
  readonly secret: Buffer;
  readonly until: number;
  tries: number;
}

export function createEnrolment(
  { config, store, now }: Pick<Host, "config" | "store" | "now">,
  sealer: Pick<Sealer, "seal">,
  place: PasskeyPlace | null,
): Enrolment {
  const pending = new Map<string, Pending>();
  const newId = (): string => `fac_${randomBytes(ID_BYTES).toString("base64url")}`;
  const row = ({ id, person, kind, created, addedBy }: StoredFactor): FactorRow => ({
    id,
    person,
    kind,
    created: canonicalTime(created),
    addedBy,
    accepted: config.factors.accept.includes(kind),
  });
  const record = (
    { id, person }: Pick<StoredFactor, "id" | "person">,
    before: string | null,
    after: string | null,
    by: string,
  ): Promise<unknown> =>
    store.log.append(
      {
        v: 1,
        kind: "change",
        at: canonicalTime(now()),
        subject: "factor",
        id: `${person}/${id}`,
        before,
        after,
        by,
      },
      "sync",
      null,
    );

  function refusal(person: string, kind: FactorKind): EnrolmentError | null {
    if (!Object.hasOwn(config.people, person)) return "factor.unknown_person";
    return config.factors.accept.includes(kind) ? null : "factor.not_accepted";
  }

  /** Recorded before it counts. */
  async function add(factor: StoredFactor, proven: boolean): Promise<FactorRow | Refused> {
    await record(factor, null, describeFactor(factor), factor.addedBy);
    const added = await store.factors.add({ ...factor, first: !proven });
    if (added === "added") return row(factor);
    await record(factor, describeFactor(factor), null, factor.addedBy);
    return { error: added };
  }

  function sweep(): void {
    for (const [id, { until }] of pending) if (until <= now()) pending.delete(id);
  }

  function waits(id: string): Pending | undefined {
    sweep();
    return pending.get(id);
  }

  /** One try less; the last one, and a good one, end it. */
  function tried(id: string, waiting: Pending, good: boolean): void {
    waiting.tries += 1;
    if (good || waiting.tries >= CONFIRM_TRIES_MAX) pending.delete(id);
  }

  return {
    async people() {
      const all = await store.factors.list();
      return Object.entries(config.people).map(([name, { groups }]) => ({
        name,
        groups,
        factors: all.filter(({ person }) => person === name).map(row),
        needed: isNeeded(config, all, name),
      }));
    },
    async addKey(person, publicKey, addedBy, proven) {
      const error = refusal(person, "passphrase");
      if (error !== null) return { error };
      if (readPublicKey(publicKey) === null) return { error: "factor.public_key" };
      const factor = { id: keyId(publicKey), person, material: publicKey, addedBy, last: 0 };
      return add({ ...factor, kind: "passphrase", created: now() }, proven);
    },
    async beginTotp(person, by, proven) {
      const error = refusal(person, "totp");
      if (error !== null) return { error };
      sweep();
      if (pending.size >= PENDING_MAX) return { error: "factor.busy" };
      const id = newId();
      const secret = newTotpSecret();
      pending.set(id, { person, by, proven, secret, until: now() + CONFIRM_MAX_MS, tries: 0 });
      return { id, uri: totpUri(secret, person, `Bylaw ${store.log.origin}`) };
    },
    async confirmTotp(id, code) {
      const waiting = waits(id);
      if (waiting === undefined) return { error: "factor.not_pending" };
      const { person, by, proven, secret } = waiting;
      const step = matchTotp(secret, code, now());
      tried(id, waiting, step !== null);
      if (step === null) return { error: "factor.wrong" };
      const material = sealer.seal(secret.toString("base64"), id);
      const factor = { id, person, material, addedBy: by, last: step };
      return add({ ...factor, kind: "totp", created: now() }, proven);
    },
    async beginPasskey(person, by, proven) {
      const error = refusal(person, "passkey");
      if (error !== null) return { error };
      if (place === null) return { error: "factor.no_page" };
      sweep();
      if (pending.size >= PENDING_MAX) return { error: "factor.busy" };
      const secret = randomBytes(SECRET_BYTES);
      const until = now() + CONFIRM_MAX_MS;
      const id = secret.toString("base64url");
      pending.set(id, { person, by, proven, secret, until, tries: 0 });
      // Behind the `#`: browsers send that to nobody, so it is in no log on the way.
      return { link: `${place.origin}/enrol#${id}`, expires: canonicalTime(until) };
    },
    async passkeyOptions(id) {
      const waiting = waits(id);
      if (waiting === undefined || place === null) return { error: "factor.not_pending" };
      const { person } = waiting;
      const mine = (await store.factors.list(person)).filter(({ kind }) => kind === "passkey");
      return {
        challenge: enrolmentChallenge(id),
        domain: place.domain,
        person,
        user: passkeyChallenge(`bylaw person\n${store.log.origin}\n${person}`),
        known: mine.map(({ material }) => (JSON.parse(material) as { id: string }).id),
      };
    },
    async confirmPasskey(id, made) {
      const waiting = waits(id);
      if (waiting === undefined || place === null) return { error: "factor.not_pending" };
      const passkey = readRegistration(place, enrolmentChallenge(id), made);
      tried(id, waiting, passkey !== null);
      if (passkey === null) return { error: "factor.wrong" };
      const { person, by, proven } = waiting;
      const material = JSON.stringify(passkey);
      const factor = { id: keyId(passkey.id), person, material, addedBy: by, last: 0 };
      return add({ ...factor, kind: "passkey", created: now() }, proven);
    },
    async remove(person, id, by) {
      const all = (await store.factors.list(person)).filter((one) => id === null || one.id === id);
      if (all.length === 0) return { error: "factor.not_found" };
      for (const factor of all) await record(factor, describeFactor(factor), null, by);
      return { removed: await store.factors.remove(person, id ?? "") };
    },
  };
}

function enrolmentChallenge(id: string): string {
  return passkeyChallenge(`bylaw enrolment v1\n${id}`);
}

/** What the log keeps of a factor: enough to check what it signs, and nothing that is secret. */
export function describeFactor({
  kind,
  material,
}: Pick<StoredFactor, "kind" | "material">): string {
  return kind === "totp" ? kind : `${kind}:${material}`;
}
