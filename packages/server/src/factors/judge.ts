import { isSignedBy, matchTotp, type Statement, statementText } from "@bylaw/identity";
import type { StoredFactor } from "@bylaw/store";
import type { Sealer } from "../host/sealed.ts";
import type { Answered } from "./answer.ts";

/** An answer that is right; `last` must not have been seen before, unless it is 0. */
export interface Proven {
  readonly last: number;
  readonly signature: string | null;
}

/**
 * Whether an answer is this factor's to exactly this statement. Null where it is not. In: milliseconds
 * since the epoch.
 */
export function judge(
  factor: StoredFactor,
  statement: Statement,
  answer: Answered,
  sealer: Pick<Sealer, "unseal">,
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
    default:
      return null;
  }
}
