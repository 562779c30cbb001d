import type { Result } from "@bylaw/core";
import type { Dialect } from "./dialects.ts";
import type { Algorithm, PublicKey } from "./keys.ts";

/** Somebody whose passports are accepted, and for what. */
export interface Issuer {
  /** Exact `iss`. */
  readonly name: string;
  /** Exact `aud`: this gateway, as the issuer calls it. */
  readonly audience: string;
  readonly algorithms: readonly Algorithm[];
  /** What `sub` names: a person for whom an agent acts, or the agent itself. */
  readonly subject: "user" | "agent";
  /** Names of the directory by `sub`, and no other subject; null: `sub` is the name. */
  readonly subjects: ReadonlyMap<string, string> | null;
  /** Claim with the person's groups, of an issuer that is trusted with them; null: the directory alone. */
  readonly groups: string | null;
  /** Whether each passport is good for one request. */
  readonly singleUse: boolean;
  /** What its claims are called. */
  readonly dialect: Dialect;
  /** Whether a passport without an audience counts as one for this gateway: others could pass it on. */
  readonly audienceless: boolean;
  /** Whether its passports carry delegations: only this gateway's own do. */
  readonly delegates: boolean;
  /** The keys at present, or why none can be used. Costs no I/O. */
  keys(): Result<readonly PublicKey[], "credential.keys_unavailable">;
  /** Told of a key id that is not among the keys: the issuer may have a new one. Returns at once. */
  unknownKey(): void;
}
