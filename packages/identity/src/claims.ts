import { fail, isArray, isObject, type JsonObject, member, ok, type Result } from "@bylaw/core";
import { has, textOf } from "./compact.ts";
import type { CredentialError } from "./errors.ts";
import type { Issuer } from "./issuer.ts";
import {
  AGENTS_MAX,
  CLOCK_AHEAD_SECONDS_MAX,
  GROUPS_MAX,
  ID_CHARS_MAX,
  NAME_CHARS_MAX,
  PASSPORT_SECONDS_MAX,
} from "./limits.ts";

/** What a passport says, in one form. */
export interface Claims {
  readonly subject: string;
  readonly id: string;
  /** Seconds since the epoch. */
  readonly expires: number;
  /** RFC 7638 thumbprint of the key that its holder has to prove; null for a bearer passport. */
  readonly thumbprint: string | null;
  /** Agents that act for the subject, the first that was started first (RFC 8693 nests the other way). */
  readonly actors: readonly string[];
  /** The client that the passport was given to (RFC 9068); null where it does not say. */
  readonly client: string | null;
  /** Groups of the person as the issuer says; null where it is not trusted with them. */
  readonly groups: readonly string[] | null;
}

const THUMBPRINT = /^[A-Za-z0-9_-]{43}$/;
const GROUP = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const MS = 1_000;

/** Judges the claims of a passport that its issuer has signed. In: now, in milliseconds since the epoch. */
export function readClaims(
  payload: JsonObject,
  issuer: Issuer,
  now: number,
): Result<Claims, CredentialError> {
  const problem =
    formProblem(payload) ?? audienceProblem(payload, issuer) ?? timeProblem(payload, now / MS);
  if (problem !== null) return fail(problem);
  const thumbprint = thumbprintIn(payload);
  if (thumbprint === undefined) return fail("credential.confirmation");
  const actors = actorsIn(payload, issuer);
  if (actors === null) return fail("credential.chain");
  const groups = groupsIn(payload, issuer);
  if (groups === undefined) return fail("credential.claim_form");
  return ok({
    subject: textOf(payload, "sub") ?? "",
    id: textOf(payload, "jti") ?? "",
    expires: Number(member(payload, "exp")),
    thumbprint,
    actors,
    client: textOf(payload, "client_id") ?? textOf(payload, "azp"),
    groups,
  });
}

const REQUIRED = ["sub", "aud", "iat", "exp", "jti"];

function formProblem(payload: JsonObject): CredentialError | null {
  if (REQUIRED.some((name) => !has(payload, name))) return "credential.claim_missing";
  const [subject, id] = [textOf(payload, "sub"), textOf(payload, "jti")];
  const named = isText(subject, NAME_CHARS_MAX) && isText(id, ID_CHARS_MAX);
  const times = ["iat", "exp", "nbf"].every(
    (name) => !has(payload, name) || isTime(member(payload, name)),
  );
  return named && times ? null : "credential.claim_form";
}

function isText(text: string | null, max: number): boolean {
  return text !== null && text !== "" && text.length <= max;
}

function isTime(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** A passport for several audiences is one that each of them could pass on to this gateway. */
function audienceProblem(payload: JsonObject, { audience }: Issuer): CredentialError | null {
  const written = member(payload, "aud");
  const all = isArray(written) ? written : [written];
  if (all.some((one) => typeof one !== "string")) return "credential.claim_form";
  if (!all.includes(audience)) return "credential.audience";
  return all.length === 1 ? null : "credential.audience_many";
}

/** In: now, in seconds since the epoch. */
function timeProblem(payload: JsonObject, now: number): CredentialError | null {
  const time = (name: string): number => Number(member(payload, name) ?? 0);
  if (time("exp") <= now) return "credential.expired";
  if (time("nbf") > now + CLOCK_AHEAD_SECONDS_MAX) return "credential.not_yet";
  if (time("iat") > now + CLOCK_AHEAD_SECONDS_MAX) return "credential.future";
  return time("exp") - time("iat") > PASSPORT_SECONDS_MAX ? "credential.lifetime" : null;
}

/** Undefined for a confirmation that nobody here can check: it must not pass as none. */
function thumbprintIn(payload: JsonObject): string | null | undefined {
  const confirmation = member(payload, "cnf");
  if (confirmation === undefined) return null;
  if (!isObject(confirmation) || Object.keys(confirmation).length !== 1) return undefined;
  const thumbprint = textOf(confirmation, "jkt");
  return thumbprint !== null && THUMBPRINT.test(thumbprint) ? thumbprint : undefined;
}

/** From the outermost `act`, the current actor, inwards to the first one; null for what is no chain. */
function actorsIn(payload: JsonObject, issuer: Issuer): readonly string[] | null {
  const actors: string[] = [];
  let act = member(payload, "act");
  while (act !== undefined) {
    if (!isObject(act) || actors.length >= AGENTS_MAX) return null;
    const subject = textOf(act, "sub");
    // A name counts with its issuer: another one's `coder` is not ours.
    const foreign = has(act, "iss") && textOf(act, "iss") !== issuer.name;
    if (!isText(subject, NAME_CHARS_MAX) || subject === null || foreign) return null;
    actors.push(subject);
    act = member(act, "act");
  }
  return actors.reverse();
}

function groupsIn(payload: JsonObject, issuer: Issuer): readonly string[] | null | undefined {
  if (issuer.groups === null) return null;
  const groups = member(payload, issuer.groups) ?? [];
  const valid =
    isArray(groups) &&
    groups.length <= GROUPS_MAX &&
    groups.every((name) => typeof name === "string" && GROUP.test(name));
  return valid ? (groups as readonly string[]) : undefined;
}
