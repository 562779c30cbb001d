import { fail, isArray, type JsonObject, member, ok, type Result } from "@bylaw/core";
import { has, textOf } from "./compact.ts";
import type { CredentialError } from "./errors.ts";
import type { Issuer } from "./issuer.ts";

/**
 * Whose claims a passport speaks: those of RFC 9068, or of one of the projects that call theirs "agent
 * passport". A dialect says only who it is about: signature, audience, times and proof are judged as ever.
 *
 * `agent-passport`: zerobase-labs/agent-passport 0.1. `oap`: aporthq/aport-spec, oap/1.0, draft of
 * 2026-03-26. `aps`: aeoess/agent-passport-system 6.0.1.
 */
export const DIALECTS = ["standard", "agent-passport", "oap", "aps"] as const;
export type Dialect = (typeof DIALECTS)[number];

/** The OAP version that is read; another one may mean other things by the same names. */
const OAP_VERSION = "oap/1.0";
const OAP_KIND = "instance";

/**
 * A dialect's claims as the standard ones. In: the claims that the issuer has signed; now, in milliseconds
 * since the epoch. What a dialect lacks is added only where the issuer's configuration says so.
 */
export function mapClaims(
  payload: JsonObject,
  issuer: Issuer,
  now: number,
): Result<JsonObject, CredentialError> {
  const named = mapped(payload, issuer, now);
  if (!named.ok || has(named.value, "aud") || !issuer.audienceless) return named;
  return ok({ ...named.value, aud: issuer.audience });
}

function mapped(
  payload: JsonObject,
  { dialect }: Issuer,
  now: number,
): Result<JsonObject, CredentialError> {
  switch (dialect) {
    case "standard":
      return ok(payload);
    case "agent-passport":
      return agentPassport(payload);
    case "oap":
      return oap(payload, now);
    case "aps":
      return aps(payload);
  }
}

/** `sub` is the agent already; what is scoped to nothing was not made for an agent that acts. */
function agentPassport(payload: JsonObject): Result<JsonObject, CredentialError> {
  if (!has(payload, "handle") || !has(payload, "scopes")) return fail("credential.dialect");
  const scopes = member(payload, "scopes");
  const formed =
    textOf(payload, "handle") !== null &&
    isArray(scopes) &&
    scopes.length > 0 &&
    scopes.every((scope) => typeof scope === "string");
  return formed ? ok(payload) : fail("credential.claim_form");
}

/** A template is no agent, and only an active passport counts; who it is about is its own id. */
function oap(payload: JsonObject, now: number): Result<JsonObject, CredentialError> {
  if (textOf(payload, "spec_version") !== OAP_VERSION || textOf(payload, "kind") !== OAP_KIND)
    return fail("credential.dialect");
  const id = textOf(payload, "passport_id");
  // Two names for one agent could be looked up as two.
  if (id === null || (has(payload, "sub") && textOf(payload, "sub") !== id))
    return fail("credential.claim_form");
  if (textOf(payload, "status") !== "active") return fail("credential.status");
  if (has(payload, "expires_at") && member(payload, "expires_at") !== null) {
    const end = Date.parse(textOf(payload, "expires_at") ?? "");
    if (Number.isNaN(end)) return fail("credential.claim_form");
    if (end <= now) return fail("credential.expired");
  }
  return ok({ ...payload, sub: id });
}

/** Its delegations are signed by the agents themselves, whose keys nobody here knows. */
function aps(payload: JsonObject): Result<JsonObject, CredentialError> {
  if (!has(payload, "agentId") || !has(payload, "version")) return fail("credential.dialect");
  const id = textOf(payload, "agentId");
  if (id === null || (has(payload, "sub") && textOf(payload, "sub") !== id))
    return fail("credential.claim_form");
  const delegations = member(payload, "delegations") ?? [];
  if (!isArray(delegations)) return fail("credential.claim_form");
  return delegations.length === 0 ? ok({ ...payload, sub: id }) : fail("credential.delegation");
}
