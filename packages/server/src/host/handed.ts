import { type Approval, canonicalize, type Decision, type Facts, type Json } from "@bylaw/core";

/** Milliseconds from a client's yes to a call until the same call comes to its server. */
const HANDED_MS = 60_000;
/** Calls that are on their way; of more, those go that were let pass first. */
const HANDED_MAX = 256;

/** A person's yes at a client's hook, for the same call when it comes to an MCP server behind Bylaw. */
export interface HandedYes {
  readonly approvals: readonly string[];
  /** Everybody who said yes. */
  readonly users: readonly string[];
}

/**
 * Asks once where a call is decided twice: by the hook of the client that makes it, and by the MCP
 * gateway that it goes through. The hook's question always stands, so nothing is gained by a server that
 * only has the name of one behind Bylaw. Its answer counts once more, for exactly the same action, effects
 * and policies, and lives in memory alone: whoever finds none asks again.
 */
export interface Handed {
  /** An action that a client's hook let pass: what it rested on may answer one call to a server. */
  passed(facts: Facts, decision: Decision): void;
  /**
   * Used up by this. In: the digest that the action had at a hook, and what asks for a person now. Null:
   * nobody has said yes to this.
   */
  take(digest: string, facts: Facts, decision: Decision): HandedYes | null;
}

interface Passed {
  readonly effects: string;
  readonly approvals: readonly Approval[];
  readonly until: number;
}

export function createHanded(now: () => number): Handed {
  const passed = new Map<string, Passed>();
  return {
    passed: (facts, { claims }) => {
      // A broken glass is for one action, and everybody hears of it: it is not handed on.
      const approvals = facts.approvals.filter(
        ({ id, override }) => claims.approvals.includes(id) && override === undefined,
      );
      if (facts.action.gateway !== "hook" || approvals.length === 0) return;
      passed.delete(facts.digest);
      if (passed.size >= HANDED_MAX) passed.delete([...passed.keys()][0] as string);
      passed.set(facts.digest, {
        effects: effectsOf(facts),
        approvals,
        until: now() + HANDED_MS,
      });
    },
    take: (digest, facts, { requirements }) => {
      const found = passed.get(digest);
      passed.delete(digest);
      if (found === undefined || found.until <= now() || found.effects !== effectsOf(facts))
        return null;
      const answered = found.approvals.flatMap(({ policies }) => policies);
      const covered = requirements.every((wanted) =>
        answered.some(({ id, digest: text }) => id === wanted.policy && text === wanted.digest),
      );
      if (!covered) return null;
      const users = found.approvals.flatMap(({ votes }) => votes.map(({ user }) => user));
      return { approvals: found.approvals.map(({ id }) => id), users: [...new Set(users)] };
    },
  };
}

function effectsOf({ effects }: Facts): string {
  return canonicalize(effects as unknown as Json);
}
