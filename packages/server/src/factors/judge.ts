import {
  type Assertion,
  checkAssertion,
  isSignedBy,
  matchTotp,
  type Passkey,
  type PasskeyPlace,
  passkeyChallenge,
  type Statement,
  statementText,
} from "@bylaw/identity";
import type { StoredFactor } from "@bylaw/store";
import type { Sealer } from "../host/sealed.ts";
import type { Answered } from "./answer.ts";

/** An answer that is right; `last` must not have been seen before, unless it is 0. */
export interface Proven {
  readonly last: number;
  readonly signature: string | null;
  /** What a passkey signed besides. */
  readonly authenticator?: { readonly data: string; readonly client: string };
}

/** What factors are checked with. */
export interface Means {
  readonly sealer: Pick<Sealer, "unseal">;
  /** Where passkeys are asked for; null: nowhere. */
  readonly place: PasskeyPlace | null;
}

/**
 * Whether an answer is this factor's to exactly this statement. Null where it is not. In: milliseconds
 * since the epoch.
 */
export function judge(
  factor: StoredFactor,
  statement: Statement,
  answer: Answered,
  { sealer, place }: Means,
  now: number,
): Proven | null {
  switch (factor.kind) {
    case "passphrase": {
      if (!("signature" in answer)) return null;
      const { signature } = answer;
      const signed = isSignedBy(factor.material, statementText(statement), signature);
      return signed ? { last: 0, signature } : null;
    }
    case "totp": {
      const secret = sealer.unseal(factor.material, factor.id);
      if (!("code" in answer) || secret === null) return null;
      const step = matchTotp(Buffer.from(secret, "base64"), answer.code, now);
      return step === null ? null : { last: step, signature: null };
    }
    case "passkey": {
      if (!("assertion" in answer) || place === null) return null;
      const { assertion } = answer;
      const challenge = passkeyChallenge(statementText(statement));
      const last = judgePasskey(factor, place, challenge, assertion);
      const { authenticatorData: data, clientData: client, signature } = assertion;
      return last === null ? null : { last, signature, authenticator: { data, client } };
    }
    default:
      return null; // of a later version: it proves nothing here
  }
}

/** The counter of a passkey that answered this challenge; null where it did not, or was copied. */
export function judgePasskey(
  factor: Pick<StoredFactor, "material" | "last">,
  place: PasskeyPlace,
  challenge: string,
  assertion: Assertion,
): number | null {
  const passkey = JSON.parse(factor.material) as Passkey;
  const count = checkAssertion(passkey, place, challenge, assertion);
  // One that has counted and counts no more is another one with the same key.
  return count === 0 && factor.last > 0 ? null : count;
}
