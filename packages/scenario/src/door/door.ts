import type { Outcome } from "@bylaw/core";
import type { Call } from "../deed.ts";
import type { Credential } from "../passport.ts";
import type { DelegationGiven, Step } from "../scenario.ts";

/** What an agent got to hear of one call. */
export interface Reached {
  /** `error`: it was let through and did not come to an answer. */
  readonly outcome: Outcome | "error";
  /** Null where it went through. */
  readonly code: string | null;
  readonly policy: string | null;
  /** Index of its record in the log; null where there is none. */
  readonly record: number | null;
  /** The approval that it waits for. */
  readonly approval: string | null;
  readonly text: string;
  /** Of the calls that a hook let pass, which one, from 0: its answer does not name the record. */
  readonly passed?: number;
}

export interface CallOptions {
  /** Approval that the call presents. */
  readonly handle?: string;
  /** In place of the agent's own token. */
  readonly credential?: Credential;
}

/** One way through which an agent reaches its systems. */
export interface Door {
  call(agent: string, call: Call, options: CallOptions): Promise<Reached>;
  /** Tells what the person asks the agent for; false where nobody takes it. */
  prompt(agent: string, text: string): Promise<boolean>;
  /** An agent lets another act in its name, from now on, or is told why not. */
  delegate(by: string, delegation: DelegationGiven): Promise<Delegated>;
  /** Why a step cannot be said in this way; null where it can. */
  unsayable(step: Step): string | null;
  /** Forgets connections: the gateway or a system is another one from now on. */
  reset(): void;
}

/** A passport for the agent that was delegated to, or the code of why there is none. */
export type Delegated =
  | { readonly code: null; readonly id: string; readonly passport: string }
  | { readonly code: string };

/** What a door needs to know of the gateway behind it. */
export interface DoorPlace {
  readonly address: () => string;
  /** Token of an agent. */
  readonly token: (agent: string) => string;
}

export const OUTCOME_UNKNOWN: Pick<Reached, "record" | "approval" | "policy"> = {
  record: null,
  approval: null,
  policy: null,
};
