import type {
  ActionRequest,
  Caller,
  Decision,
  JsonObject,
  RecordReceipt,
  Told,
  ToolDefinition,
} from "@bylaw/core";
import { blocked } from "../grading.ts";
import { redactions } from "../obligations.ts";
import type { PipelineOps, Receipt, Ticket } from "../ops.ts";
import { type Enforced, type Granted, govern } from "../pipeline.ts";
import { SDK_LIMITS } from "./limits.ts";

/** An action that an agent's own code asks about before it does it. */
export interface Ask {
  readonly upstream: string;
  readonly tool: string;
  readonly arguments: JsonObject;
  readonly definition: ToolDefinition | null;
  readonly handle: string | null;
  /** False: a person's answer is not waited for; the caller asks again, or has its own way to wait. */
  readonly wait: boolean;
  readonly bytes: ActionRequest["bytes"];
}

export interface Answer {
  readonly action: string;
  readonly decision: Decision;
  readonly record: Receipt | null;
  readonly receipt: RecordReceipt | null;
  readonly pending: Ticket | null;
}

export interface SdkGateway {
  /** Decides; when the answer is a yes, the caller acts and then reports what came of it. */
  ask(caller: Caller, ask: Ask, signal: AbortSignal): Promise<Answer>;
  /** False when no such action of this caller is open. Resolves when what it used is booked. */
  report(caller: Caller, action: string, reported: Reported): Promise<boolean>;
}

/** What a caller says came of its action. */
export interface Reported {
  readonly completion: Enforced["completion"];
  readonly code: string | null;
  /** The texts of its result, where they are told. */
  readonly texts: readonly string[] | null;
  /** What it used, in US dollars and in tokens. */
  readonly usage: Omit<Extract<Told, { kind: "reported" }>, "kind">;
}

interface Open {
  readonly credential: string;
  readonly close: (enforced: Enforced) => void;
  readonly seen: (texts: readonly string[] | null) => void;
  readonly told: Granted["told"];
}

/**
 * The enforcement point inside an agent's own process: Bylaw decides and records, the caller
 * enforces. It is as strong as the process that asks, and SECURITY.md says so.
 */
export function createSdkGateway(ops: PipelineOps, newId: () => string): SdkGateway {
  const open = new Map<string, Open>();
  return {
    ask: (caller, ask, signal) => {
      const request = requestOf(newId(), caller, ask);
      const held: PipelineOps = ask.wait
        ? ops
        : { ...ops, wait: (ticket, gone) => ops.wait(ticket, gone, 0) };
      return new Promise<Answer>((resolve) => {
        const granted = ({ decision, intent: record, told }: Granted): Promise<Enforced> => {
          const receipt = ops.receipt(record);
          resolve({ action: request.id, decision, record, receipt, pending: null });
          const seen: Open["seen"] = (texts) => ops.seen(request, decision, texts);
          return reported(open, request, { seen, told });
        };
        const done = govern(
          request,
          (grant) => {
            const { decision, intent, arguments: edited } = grant;
            // The caller acts itself, and would act as it meant to.
            const unable = edited === null ? null : "approval.not_editable";
            const code = unable ?? hindrance(open, caller, decision);
            return code === null
              ? granted(grant)
              : Promise.resolve(
                  refused(resolve, request, decision, intent, ops.receipt(intent), code),
                );
          },
          held,
          signal,
        );
        void done.then((verdict) => {
          if (verdict.kind !== "refused") return;
          const { decision, record, pending } = verdict;
          const receipt = record === null ? null : ops.receipt(record);
          resolve({ action: request.id, decision, record, receipt, pending });
        });
      });
    },
    async report(caller, action, { completion, code, texts, usage }) {
      const waiting = open.get(action);
      if (waiting === undefined || waiting.credential !== caller.credential) return false;
      waiting.seen(texts);
      open.delete(action); // a second report finds nothing
      const used = await waiting.told({ kind: "reported", ...usage });
      waiting.close({ sent: true, completion, code, result: null, used });
      return true;
    },
  };
}

function crowded(open: ReadonlyMap<string, Open>, { credential }: Caller): boolean {
  const mine = [...open.values()].filter((action) => action.credential === credential);
  return mine.length >= SDK_LIMITS.openPerCaller;
}

/** Why what policy allows cannot be done here; null if it can. Results never come by, to be redacted. */
function hindrance(
  open: ReadonlyMap<string, Open>,
  caller: Caller,
  decision: Decision,
): string | null {
  if (redactions(decision).length > 0) return "obligation.unsupported";
  return crowded(open, caller) ? "sdk.too_many_open" : null;
}

/** Nothing is performed: the caller is refused, and what was reserved is given back. */
function refused(
  resolve: (answer: Answer) => void,
  request: ActionRequest,
  { bundle }: Decision,
  record: Receipt,
  receipt: RecordReceipt,
  code: string,
): Enforced {
  const decision = blocked(code, bundle);
  resolve({ action: request.id, decision, record, receipt, pending: null });
  return { sent: false, completion: "error", code, result: null };
}

/** What the caller reports; silence beyond the limit means that nobody knows whether it happened. */
function reported(
  open: Map<string, Open>,
  request: ActionRequest,
  { seen, told }: Pick<Open, "seen" | "told">,
): Promise<Enforced> {
  return new Promise<Enforced>((resolve) => {
    const close = (enforced: Enforced): void => {
      clearTimeout(timer);
      open.delete(request.id);
      resolve(enforced);
    };
    const timer = setTimeout(() => {
      seen(null);
      close({ sent: true, completion: "unknown", code: "sdk.no_report", result: null });
    }, SDK_LIMITS.reportMs);
    timer.unref();
    open.set(request.id, { credential: request.caller.credential, close, seen, told });
  });
}

function requestOf(id: string, caller: Caller, ask: Ask): ActionRequest {
  return {
    id,
    gateway: "sdk",
    caller,
    upstream: ask.upstream,
    operation: "tools/call",
    target: ask.tool,
    arguments: ask.arguments,
    definition: ask.definition,
    bytes: ask.bytes,
    handle: ask.handle,
  };
}
