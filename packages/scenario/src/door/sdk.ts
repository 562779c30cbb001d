import type { JsonObject } from "@bylaw/core";
import { bylaw, type Verdict } from "@bylaw/sdk";
import type { Call } from "../deed.ts";
import { durationOf } from "../duration.ts";
import { type Credential, plainCredential } from "../passport.ts";
import type { Answer } from "../world/perform.ts";
import type { Delegated, Door, DoorPlace, Reached } from "./door.ts";

/** Asks through the SDK, acts itself where the answer is yes, and reports what came of it. */
export function sdkDoor({ address, token }: DoorPlace, perform: (call: Call) => Answer): Door {
  return {
    call: async (agent, call, { handle, credential }) => {
      if (credential !== undefined) return await presented(address(), call, credential, perform);
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
    delegate: delegateOf({ address, token }),
    unsayable: () => null,
    reset: () => undefined,
  };
}

/** What the person writes goes through the agent's program, whatever way its calls take. */
export function promptOf({ address, token }: DoorPlace): Door["prompt"] {
  return (agent, text) => bylaw({ url: address(), token: token(agent) }).prompt(text);
}

/** An agent delegates over the gateway's own interface, whatever way its calls take. */
export function delegateOf({ address, token }: DoorPlace): Door["delegate"] {
  return async (by, { for: lifetime, resources, ...order }) => {
    const [status, body] = await send(
      new URL("/v1/delegations", address()),
      plainCredential(`Bearer ${token(by)}`),
      {
        ...order,
        ...(lifetime === undefined ? {} : { lifetimeMs: durationOf(lifetime) }),
        ...(resources === undefined ? {} : { resources: resources.map(entity) }),
      },
    );
    const { passport, delegation, error } = body as Readonly<Record<string, string>>;
    return passport === undefined || delegation === undefined
      ? { code: error ?? `http.${status}` }
      : ({ code: null, id: delegation, passport } satisfies Delegated);
  };
}

/** `Type::id` as its two halves. */
function entity(text: string): JsonObject {
  const at = text.indexOf("::");
  return { type: text.slice(0, at), id: text.slice(at + 2) };
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

/** The SDK sends a token of its own form: what anybody else could send, and proofs, go without it. */
async function presented(
  url: string,
  call: Call,
  credential: Credential,
  perform: (call: Call) => Answer,
): Promise<Reached> {
  const { system, tool, args } = call;
  const asked = { upstream: system, tool, arguments: args };
  const [status, body] = await send(new URL("/v1/actions", url), credential, asked);
  const verdict = body as Partial<Verdict> & { readonly error?: string };
  const {
    action,
    outcome = "block",
    code,
    policy = null,
    record = null,
    approval = null,
  } = verdict;
  if (verdict.allowed !== true || action === undefined)
    return {
      outcome,
      code: code ?? verdict.error ?? `http.${status}`,
      policy,
      record,
      approval,
      text: verdict.reason ?? "",
    };
  const { text, failed } = perform(call);
  const report = new URL(`/v1/actions/${encodeURIComponent(action)}/outcome`, url);
  await send(report, credential, { completion: failed ? "error" : "ok", result: text });
  return { outcome, code: null, policy: null, record, approval, text };
}

async function send(
  url: URL,
  credential: Credential,
  body: JsonObject,
): Promise<readonly [status: number, body: object]> {
  const answer = await fetch(url, {
    method: "POST",
    headers: { ...credential.headers("POST", url.href), "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  return [answer.status, (await answer.json()) as object];
}
