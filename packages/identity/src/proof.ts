import { createHash, timingSafeEqual } from "node:crypto";
import { isObject, member } from "@bylaw/core";
import { type Compact, has, readCompact, textOf } from "./compact.ts";
import type { CredentialError } from "./errors.ts";
import { algorithmOf, isSigned, readKey, thumbprintOf } from "./keys.ts";
import { ID_CHARS_MAX, PROOF_WINDOW_SECONDS } from "./limits.ts";
import type { IdentityOps } from "./ops.ts";

/** What a proof has to be for. */
export interface Proven {
  /** The passport as text. */
  readonly token: string;
  /** Thumbprint of the key that it is bound to. */
  readonly thumbprint: string;
  readonly method: string;
  /** Path of the request, without query. */
  readonly path: string;
}

/**
 * Why a DPoP proof (RFC 9449 section 4.3) does not show that the caller holds the passport's key;
 * null if it does. With `again`, for a later message of a connection that was opened with it, its
 * age and its use are not looked at.
 */
export async function proofProblem(
  proof: string,
  wanted: Proven,
  ops: Pick<IdentityOps, "now" | "useOnce" | "origins">,
  again: boolean,
): Promise<CredentialError | null> {
  const read = readCompact(proof);
  if (typeof read === "string") return "credential.proof_malformed";
  const problem = (await keyProblem(read, wanted)) ?? claimsProblem(read, wanted, ops.origins);
  if (problem !== null || again) return problem;
  const issued = member(read.payload, "iat");
  if (typeof issued !== "number" || Math.abs(ops.now() / MS - issued) > PROOF_WINDOW_SECONDS)
    return "credential.proof_time";
  const key = createHash("sha256")
    .update(JSON.stringify(["proof", wanted.thumbprint, textOf(read.payload, "jti")]))
    .digest("hex");
  const used = await ops.useOnce(key, (issued + PROOF_WINDOW_SECONDS + 1) * MS);
  if (used === "full") return "credential.replay_full";
  return used === "used" ? "credential.proof_replayed" : null;
}

const MS = 1_000;

/** The key is the proof's own; what makes it count is the thumbprint in the passport. */
async function keyProblem(read: Compact, { thumbprint }: Proven): Promise<CredentialError | null> {
  const { header } = read;
  if (textOf(header, "typ")?.toLowerCase() !== "dpop+jwt") return "credential.proof_type";
  const algorithm = algorithmOf(header);
  if (algorithm === null) return "credential.proof_algorithm";
  if (["crit", "b64", "jku", "x5u", "x5c"].some((name) => has(header, name)))
    return "credential.proof_malformed";
  const jwk = member(header, "jwk");
  const key = isObject(jwk) ? await readKey(jwk) : null;
  if (!isObject(jwk) || key === null || key.algorithm !== algorithm) return "credential.proof_key";
  if (!(await isSigned(read, key))) return "credential.proof_signature";
  const found = await thumbprintOf(jwk, algorithm);
  return same(found, thumbprint) ? null : "credential.proof_binding";
}

function claimsProblem(
  { payload, header }: Compact,
  { token, method, path }: Proven,
  origins: readonly string[],
): CredentialError | null {
  const id = textOf(payload, "jti") ?? "";
  if (id === "" || id.length > ID_CHARS_MAX || algorithmOf(header) === null)
    return "credential.proof_malformed";
  if (textOf(payload, "htm") !== method) return "credential.proof_method";
  if (!isTarget(textOf(payload, "htu") ?? "", path, origins)) return "credential.proof_target";
  const hash = createHash("sha256").update(token).digest("base64url");
  return same(textOf(payload, "ath") ?? "", hash) ? null : "credential.proof_token";
}

/** Against the gateway's own addresses: the request's Host is the caller's word. */
function isTarget(written: string, path: string, origins: readonly string[]): boolean {
  if (!URL.canParse(written)) return false;
  const { origin, pathname, username, password } = new URL(written);
  return username === "" && password === "" && pathname === path && origins.includes(origin);
}

function same(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
