import { type Decision, type LedgerRecord, OUTCOMES } from "@bylaw/core";
import type { Entry } from "./entries.ts";
import { matchesGlob } from "./glob.ts";

/** What a record must be; every given one must hold. */
export interface Criteria {
  readonly agent?: string;
  readonly user?: string;
  readonly session?: string;
  /** An action of the effect vocabulary: `delete`. */
  readonly effect?: string;
  /** `Type::id` or an id; `*` stands for any characters in either. */
  readonly resource?: string;
  /** A verdict (block, require_approval, log, allow) or what came back (ok, error, unknown). */
  readonly outcome?: string;
  readonly policy?: string;
  readonly code?: string;
  readonly kind?: string;
  /** The person who answered or changed something. */
  readonly by?: string;
  /** Canonical times: from the first on, before the second. */
  readonly since?: string;
  readonly until?: string;
}

type Summary = Extract<LedgerRecord, { kind: "intent" }>["action"];

export const VERDICTS: readonly string[] = [...OUTCOMES, "ok", "error", "unknown"];

/** What the records of one action have in common with what was asked for. */
interface Related {
  /** Agent, user, session, effect and resource are as asked. */
  readonly who: boolean;
  /** So is what was decided. */
  readonly all: boolean;
}

/**
 * A filter over the records of a log in order. An outcome or approval does not name agent or effect
 * itself: it is judged together with the action it belongs to, which is remembered until it ends.
 */
export function createFilter(
  criteria: Criteria,
): (entry: Pick<Entry, "record" | "bytes">) => boolean {
  const needles = needlesOf(criteria);
  const open = new Map<string, Related>();

  function related(record: LedgerRecord): Related {
    switch (record.kind) {
      case "intent":
      case "hold": {
        const found = judge(record.action, decided(record.decision));
        // An action that starts to wait ends as an approval does, one that is sent as its outcome.
        open.set(record.kind === "hold" ? record.approval : record.action.id, found);
        return found;
      }
      case "refusal":
        return judge(record.action, decided(record.decision));
      case "outcome": {
        const intent = open.get(record.action) ?? { who: !asksWho(criteria), all: false };
        open.delete(record.action);
        return either(intent, { verdicts: [record.completion], codes: codes(record.code) });
      }
      case "approval": {
        // Several people may answer one request: it is forgotten only when nobody can any more.
        const hold = open.get(record.approval) ?? { who: !asksWho(criteria), all: false };
        if (record.verdict !== "approved") open.delete(record.approval);
        return either(hold, { verdicts: [], codes: [], policies: record.policies });
      }
      case "reject":
        return alone({ verdicts: ["block"], codes: [record.code] }, record.credential);
      case "alarm":
        return alone({ verdicts: [], codes: [record.code] }, null);
      case "change":
        return alone({ verdicts: [], codes: [] }, record.subject === "agent" ? record.id : null);
      default:
        return alone({ verdicts: [], codes: [] }, null);
    }
  }

  function judge(action: Summary | null, own: Own): Related {
    const who = action === null ? !asksWho(criteria) : isAsked(criteria, action);
    return { who, all: who && said(own) };
  }

  function either(action: Related, own: Own): Related {
    return { who: action.who, all: action.all || (action.who && said(own)) };
  }

  /** Records that belong to no action: they have at most an agent. */
  function alone(own: Own, agent: string | null): Related {
    const { agent: wanted, ...others } = criteria;
    const who = !asksWho(others) && (wanted === undefined || wanted === agent);
    return { who, all: who && said(own) };
  }

  /** What was decided or came back is as asked. */
  function said({ verdicts, codes: found, policies = [] }: Own): boolean {
    const { outcome, code, policy } = criteria;
    return (
      (outcome === undefined || verdicts.includes(outcome)) &&
      (code === undefined || found.includes(code)) &&
      (policy === undefined || policies.includes(policy))
    );
  }

  /** An action without one of the names asked for is not it, and what is not remembered has no sequel. */
  function skips(bytes: Uint8Array): boolean {
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (needles.every((needle) => buffer.includes(needle))) return false;
    return open.size === 0 || buffer.includes(DECIDED);
  }

  return (entry) => {
    if (skips(entry.bytes)) return false;
    const { record } = entry;
    // Judged also where kind or time exclude it: what follows may belong to it.
    const { all } = related(record);
    const { kind, by, since, until } = criteria;
    return (
      all &&
      (by === undefined || ("by" in record && record.by === by)) &&
      (kind === undefined || record.kind === kind) &&
      (since === undefined || record.at >= since) &&
      (until === undefined || record.at < until)
    );
  };
}

/** Only records of actions hold a decision; inside of a text its quotes would be escaped. */
const DECIDED = Buffer.from('"decision":{');

/** What the canonical JSON of an action must contain to be one that is asked for. */
function needlesOf({ agent, user, session, effect }: Criteria): readonly Buffer[] {
  return [agent, user, session, effect].flatMap((value) =>
    value === undefined ? [] : [Buffer.from(JSON.stringify(value))],
  );
}

/** What a record itself says about verdict and reasons. */
interface Own {
  readonly verdicts: readonly string[];
  readonly codes: readonly string[];
  readonly policies?: readonly string[];
}

function decided(decision: Decision): Own {
  const reasons = decision.reasons;
  const named = [...reasons, ...decision.requirements, ...decision.obligations];
  return {
    verdicts: [decision.outcome],
    codes: reasons.map(({ code }) => code),
    policies: named.flatMap(({ policy }) => (policy === null ? [] : [policy])),
  };
}

function codes(code: string | null): readonly string[] {
  return code === null ? [] : [code];
}

function asksWho(criteria: Criteria): boolean {
  const keys = ["agent", "user", "session", "effect", "resource"] as const;
  return keys.some((key) => criteria[key] !== undefined);
}

function isAsked(criteria: Criteria, action: Summary): boolean {
  const { agent, user, session, effect, resource } = criteria;
  const chain = (type: string, id: string): boolean =>
    action.chain.some((member) => member.type === type && member.id === id);
  if (agent !== undefined && !chain("Agent", agent)) return false;
  if (user !== undefined && !chain("User", user)) return false;
  if (session !== undefined && action.session !== session) return false;
  if (effect === undefined && resource === undefined) return true;
  // One effect must be both: deleting one table and reading another is not deleting the other.
  return action.effects.some(
    (one) =>
      (effect === undefined || one.action === effect) &&
      (resource === undefined || isResource(resource, one.resource)),
  );
}

function isResource(
  pattern: string,
  resource: { readonly type: string; readonly id: string },
): boolean {
  const split = pattern.indexOf("::");
  if (split === -1) return matchesGlob(pattern, resource.id);
  const id = pattern.slice(split + 2).replace(/^"(.*)"$/, "$1");
  return matchesGlob(pattern.slice(0, split), resource.type) && matchesGlob(id, resource.id);
}
