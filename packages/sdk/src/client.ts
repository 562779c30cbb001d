import { reported } from "./report.ts";
import type { Action, BylawOptions, Outcome, Verdict } from "./types.ts";

const DEFAULT_URL = "http://127.0.0.1:7117";
const DEFAULT_TIMEOUT_MS = 120_000;
/** Milliseconds between two looks at an approval that a person has not answered yet. */
const RETRY_MS = 1_000;

export interface Bylaw {
  /** Asks for a verdict; never throws, and whatever goes wrong is a block. */
  decide(action: Action): Promise<Verdict>;
  /** Reports what came of an allowed action. False when the gateway does not know it. */
  observe(verdict: Verdict, outcome: Outcome): Promise<boolean>;
  /**
   * Tells what the person wrote, in the person's own words: it decides what is in scope from then on.
   * False unless the gateway's configuration takes this agent's word for it (`agents.NAME.prompts`).
   */
  prompt(text: string): Promise<boolean>;
  /** Like `decide`, and waits until a person has answered, the request has ended or time is up. */
  approve(action: Action): Promise<Verdict>;
  /** Decides, runs `perform` only if allowed, and reports; throws `BylawRefusal` otherwise. */
  guard<T>(action: Action, perform: () => Promise<T>): Promise<T>;
}

/** Thrown by `guard` for an action that must not run. */
export class BylawRefusal extends Error {
  readonly verdict: Verdict;
  /** In: the verdict, and words for whoever reads the error; by default who refused, and why. */
  constructor(
    verdict: Verdict,
    words: string = `refused by ${verdict.policy ?? verdict.code}: ${verdict.reason}`,
  ) {
    super(words);
    this.name = "BylawRefusal";
    this.verdict = verdict;
  }
}

/** A client of one gateway for one agent. */
export function bylaw(options: BylawOptions): Bylaw {
  const url = options.url ?? DEFAULT_URL;
  const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;

  const post = (path: string, body: unknown, signal: AbortSignal): Promise<Response> =>
    fetch(new URL(path, url), {
      method: "POST",
      headers: {
        authorization: `Bearer ${options.token}`,
        "content-type": "application/json",
      },
      body: JSON.stringify(body),
      signal,
      redirect: "error",
    });

  const ask = async (action: Action, signal: AbortSignal): Promise<Verdict> => {
    try {
      const answer = await post("/v1/actions", action, signal);
      const body: unknown = await answer.json();
      if (answer.ok && isVerdict(body)) return body;
      const status = `the gateway answered with status ${answer.status}`;
      return unanswered(status, answer.status === 401 ? codeIn(body) : null);
    } catch (error) {
      return unanswered(error instanceof Error ? error.message : String(error));
    }
  };

  const decide = (action: Action): Promise<Verdict> => ask(action, AbortSignal.timeout(timeoutMs));

  const observe = async (verdict: Verdict, outcome: Outcome): Promise<boolean> => {
    try {
      const path = `/v1/actions/${encodeURIComponent(verdict.action)}/outcome`;
      return (await post(path, outcome, AbortSignal.timeout(timeoutMs))).ok;
    } catch {
      return false; // the gateway closes the action as unknown, which is what it is
    }
  };

  const prompt = async (text: string): Promise<boolean> => {
    try {
      return (await post("/v1/prompts", { text }, AbortSignal.timeout(timeoutMs))).ok;
    } catch {
      return false;
    }
  };

  const approve = async (action: Action): Promise<Verdict> => {
    const timeUp = AbortSignal.timeout(timeoutMs);
    let verdict = await ask(action, timeUp);
    while (verdict.outcome === "require_approval") {
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      // Still open, and the verdict says which approval it is: the caller may ask again later.
      if (timeUp.aborted) break;
      verdict = await ask(action, timeUp);
    }
    return verdict;
  };

  const guard = async <T>(action: Action, perform: () => Promise<T>): Promise<T> => {
    const verdict = await decide(action);
    if (!verdict.allowed) throw new BylawRefusal(verdict);
    return reported(observe, verdict, perform);
  };

  return { decide, observe, prompt, approve, guard };
}

/** An answer counts only when it is whole: a half-written one must not read as a yes. */
function isVerdict(body: unknown): body is Verdict {
  if (typeof body !== "object" || body === null) return false;
  const { action, outcome, allowed, code } = body as Record<string, unknown>;
  const runs = outcome === "allow" || outcome === "log";
  return (
    typeof action === "string" &&
    typeof code === "string" &&
    (runs || outcome === "block" || outcome === "require_approval") &&
    allowed === runs
  );
}

/** Why a credential was not accepted: what the gateway calls it, where it has the form of such a code. */
function codeIn(body: unknown): string | null {
  const { error } = (body ?? {}) as { readonly error?: unknown };
  return typeof error === "string" && /^credential\.[a-z_]{1,64}$/.test(error) ? error : null;
}

function unanswered(message: string, code: string | null = null): Verdict {
  return {
    action: "",
    outcome: "block",
    allowed: false,
    code: code ?? "gateway.unreachable",
    policy: null,
    reason: `no verdict from the gateway: ${message}`,
    record: null,
    receipt: null,
    approval: null,
  };
}
