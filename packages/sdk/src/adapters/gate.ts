import { type Bylaw, BylawRefusal } from "../client.ts";
import { reported } from "../report.ts";
import type { Action, Verdict } from "../types.ts";
import { exactly, textOf } from "./exact.ts";
import { refusalWords } from "./words.ts";

/** A tool call as a framework announces and runs it. */
export interface Call {
  /** The framework's own id of the call; null where it tells none. */
  readonly id: string | null;
  readonly tool: string;
  readonly arguments: unknown;
}

export interface GuardOptions {
  /** Name under which the catalog knows the tools' owner. Default: `app`. */
  readonly upstream?: string;
}

type Arguments = NonNullable<ReturnType<typeof exactly>>;

/** What stands between a framework and its tools: one verdict for each call, and nothing without one. */
export interface Gate {
  /** Asks before the call, and says whether a person has to answer first. Never throws. */
  asks(call: Call): Promise<boolean>;
  /** Waits until the person has answered, the request has ended or the client's time is up. */
  answered(call: Call): Promise<boolean>;
  /**
   * Performs a call that may run, with the arguments that were decided about, and reports what came of
   * it. Throws `BylawRefusal`, in words for the model, for one that must not.
   */
  run<T>(call: Call, perform: (args: Arguments) => T | PromiseLike<T>): Promise<T>;
}

/** Milliseconds that a verdict holds from its announcement to its run; after that it is asked for again. */
const FRESH_MS = 60_000;
/** Calls that were announced and have not run; beyond them the oldest is asked about again. */
const ANNOUNCED_MAX = 1_000;

interface Announced {
  readonly verdict: Promise<Verdict>;
  readonly stale: AbortSignal;
}

/**
 * The gate of one set of tools. A call is known by its id, tool and exact arguments together: an id
 * alone is the model's word, which could give one id to a harmless call and to a harmful one.
 */
export function createGate(
  { decide, approve, observe }: Bylaw,
  { upstream }: GuardOptions = {},
): Gate {
  const announced = new Map<string, Announced>();

  const actionOf = (call: Call, args: Arguments): Action => ({
    tool: call.tool,
    arguments: args,
    wait: false,
    ...(upstream === undefined ? {} : { upstream }),
  });
  const announce = (key: string, verdict: Promise<Verdict>): Promise<Verdict> => {
    announced.delete(key);
    announced.set(key, { verdict, stale: AbortSignal.timeout(FRESH_MS) });
    const [oldest] = announced.keys();
    if (announced.size > ANNOUNCED_MAX && oldest !== undefined) announced.delete(oldest);
    return verdict;
  };
  const known = (key: string): Promise<Verdict> | null => {
    const found = announced.get(key);
    return found === undefined || found.stale.aborted ? null : found.verdict;
  };

  const asks = async (call: Call): Promise<boolean> => {
    const args = exactly(call.arguments);
    if (args === undefined) return false; // `run` refuses it
    const key = keyOf(call, args);
    const verdict = await (known(key) ?? announce(key, decide(actionOf(call, args))));
    return verdict.outcome === "require_approval";
  };

  const answered = async (call: Call): Promise<boolean> => {
    const args = exactly(call.arguments);
    if (args === undefined) return false;
    const key = keyOf(call, args);
    const before = await known(key);
    if (before !== null && before.outcome !== "require_approval") return before.allowed;
    const { wait: _, ...action } = actionOf(call, args);
    return (await announce(key, approve(action))).allowed;
  };

  const verdictOf = async (call: Call, args: Arguments): Promise<Verdict> => {
    const key = keyOf(call, args);
    const before = known(key);
    announced.delete(key); // one verdict, one run: the same call again is another action
    const verdict = await before;
    // Without the approval's id: the gateway finds an answer by the action itself.
    if (verdict !== null && verdict.outcome !== "require_approval") return verdict;
    return decide(actionOf(call, args));
  };

  return {
    asks,
    answered,
    run: async (call, perform) => {
      const args = exactly(call.arguments);
      const verdict = args === undefined ? NOT_JSON : await verdictOf(call, args);
      if (args === undefined || !verdict.allowed)
        throw new BylawRefusal(verdict, refusalWords(call.tool, verdict));
      return reported(observe, verdict, () => perform(args));
    },
  };
}

function keyOf({ id, tool }: Call, args: Arguments): string {
  return JSON.stringify([id, tool, textOf(args)]);
}

const NOT_JSON: Verdict = {
  action: "",
  outcome: "block",
  allowed: false,
  code: "arguments.not_json",
  policy: null,
  reason: "the arguments are not exactly what JSON can say, so nobody could decide about them",
  record: null,
  receipt: null,
  approval: null,
};
