import { bylaw, type Verdict } from "@bylaw/sdk";
import type { Call } from "../deed.ts";
import type { Answer } from "../world/perform.ts";
import type { Door, DoorPlace, Reached } from "./door.ts";

/** Asks through the SDK, acts itself where the answer is yes, and reports what came of it. */
export function sdkDoor({ address, token }: DoorPlace, perform: (call: Call) => Answer): Door {
  return {
    call: async (agent, call, { handle, credential }) => {
      if (credential !== undefined) return refusedAs(address(), call, credential);
      const client = bylaw({ url: address(), token: token(agent) });
      const { system, tool, args } = call;
      const verdict = await client.decide({
        upstream: system,
        tool,
        arguments: args,
        ...(handle === undefined ? {} : { approval: handle }),
      });
      if (!verdict.allowed) return reachedOf(verdict, verdict.reason);
      const { text, failed } = perform(call);
      await client.observe(verdict, { completion: failed ? "error" : "ok", result: text });
      return reachedOf(verdict, text);
    },
    prompt: promptOf({ address, token }),
    reset: () => undefined,
  };
}

/** What the person writes goes through the agent's program, whatever way its calls take. */
export function promptOf({ address, token }: DoorPlace): Door["prompt"] {
  return (agent, text) => bylaw({ url: address(), token: token(agent) }).prompt(text);
}

function reachedOf(verdict: Verdict, text: string): Reached {
  const { outcome, allowed, code, policy, record, approval } = verdict;
  return {
    outcome,
    code: allowed ? null : code,
    policy: allowed ? null : policy,
    record,
    approval,
    text,
  };
}

/** The SDK would send a token of its own form: what anybody could send goes without it. */
async function refusedAs(
  url: string,
  { system, tool, args }: Call,
  authorization: string,
): Promise<Reached> {
  const answer = await fetch(new URL("/v1/actions", url), {
    method: "POST",
    headers: { authorization, "content-type": "application/json" },
    body: JSON.stringify({ upstream: system, tool, arguments: args }),
  });
  const body = (await answer.json()) as Partial<Verdict> & { readonly error?: string };
  return {
    outcome: body.outcome ?? "block",
    code: body.code ?? body.error ?? `http.${answer.status}`,
    policy: body.policy ?? null,
    record: body.record ?? null,
    approval: body.approval ?? null,
    text: body.reason ?? "",
  };
}
