import type { RequestListener } from "node:http";
import { canonicalTime } from "@bylaw/core";
import { createHookGateway, type PipelineOps, type Reject } from "@bylaw/gateway";
import type { Status } from "../api/admin.ts";
import type { Prompted } from "../api/agent-api.ts";
import { hookApi, isHookPath } from "../api/hook-api.ts";
import type { Identify } from "../identity/identity.ts";
import { hookKey } from "./hook-key.ts";
import { createInstructions } from "./instructions.ts";
import { keyedDigest } from "./keyed-digest.ts";
import type { Host } from "./pipeline-ops.ts";
import { redactorOf } from "./places.ts";

export interface HooksOptions {
  readonly ops: PipelineOps;
  readonly identify: Identify;
  readonly reject: Reject;
  /** Takes a person's words; false where nobody trusts this client to carry them. */
  readonly prompted: Prompted;
  readonly newId: () => string;
  /** Where it listens. */
  readonly socket: string;
}

/** Where clients' hooks ask, and what the gateway tells of them. */
export interface Hooks {
  readonly listener: RequestListener;
  /** Takes what hooks ask and leaves the rest to another listener. */
  before(rest: RequestListener): RequestListener;
  status(): Status["hooks"];
}

export function openHooks(
  { folder, store, config, now }: Host & { readonly folder: string },
  { ops, identify, reject, prompted, newId, socket }: HooksOptions,
): Hooks {
  const key = hookKey(folder);
  const heard = new Map<string, string>();
  const gateway = createHookGateway({
    ops,
    reject,
    prompted,
    newId,
    instructions: createInstructions(folder, config.workspaces),
    redactor: redactorOf(config),
    resultDigest: (bytes) => keyedDigest(store.digestKey(), bytes),
  });
  const listener = hookApi({
    gateway,
    identify,
    reject,
    bodyBytesMax: config.limits.bodyBytes,
    sign: key.sign,
    heard: (credential) => void heard.set(credential, canonicalTime(now())),
  });
  return {
    listener,
    before: (rest) => (request, response) =>
      isHookPath(request.url ?? "") ? listener(request, response) : rest(request, response),
    status: () => ({
      socket,
      key: key.publicKey,
      heard: Object.fromEntries(heard),
    }),
  };
}
