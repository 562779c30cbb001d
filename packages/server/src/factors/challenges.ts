import { randomBytes } from "node:crypto";
import { canonicalTime } from "@bylaw/core";
import { type Statement, statementText } from "@bylaw/identity";

/** Milliseconds in which a person answers. */
const ANSWER_MAX_MS = 300_000;
/** Challenges that nobody has answered yet. */
const OPEN_MAX = 1_000;
const NONCE_BYTES = 24;

type Asked = Omit<Statement, "v" | "nonce" | "expires">;

export type ChallengeError =
  | "factor.unknown_nonce"
  | "factor.replayed"
  | "factor.expired"
  | "factor.other_request"
  | "factor.changed";

/** What this process has asked people to prove. A restart forgets it, and they are asked again. */
export interface Challenges {
  /** Null when too many are open. */
  issue(asked: Asked): Statement | null;
  /** Takes a challenge for good, and gives the statement if it is for exactly this. */
  take(nonce: string, asked: Asked): Statement | ChallengeError;
}

export function createChallenges(now: () => number): Challenges {
  /** Null once it was taken: a replay is told from a guess until it would have expired. */
  const open = new Map<string, { readonly statement: Statement | null; readonly until: number }>();
  const sweep = (): void => {
    // All live equally long, so they expire in the order in which they came.
    for (const [nonce, { until }] of open) {
      if (until > now()) return;
      open.delete(nonce);
    }
  };
  return {
    issue(asked) {
      sweep();
      if (open.size >= OPEN_MAX) return null;
      const nonce = randomBytes(NONCE_BYTES).toString("base64url");
      const until = now() + ANSWER_MAX_MS;
      const statement: Statement = { v: 1, ...asked, nonce, expires: canonicalTime(until) };
      open.set(nonce, { statement, until });
      return statement;
    },
    take(nonce, asked) {
      const found = open.get(nonce);
      if (found === undefined) return "factor.unknown_nonce";
      const { statement, until } = found;
      if (statement === null) return "factor.replayed";
      open.set(nonce, { statement: null, until });
      if (until <= now()) return "factor.expired";
      const { expires } = statement;
      const same = (made: Asked): boolean =>
        statementText({ v: 1, ...made, nonce, expires }) === statementText(statement);
      if (same(asked)) return statement;
      return same({ ...asked, covers: statement.covers })
        ? "factor.changed"
        : "factor.other_request";
    },
  };
}
