import { type Bylaw, BylawRefusal } from "../client.ts";
import { type Call, createGate, type Gate, type GuardOptions } from "./gate.ts";
import { UnguardableTool } from "./unguardable.ts";

/** As much of what `tool()` of `@openai/agents` (0.20) takes as matters here. */
export interface AgentsToolOptions {
  readonly name?: string | undefined;
  readonly outputSchema?: unknown;
  readonly execute: (input: never, context?: never, details?: never) => unknown;
}

/** As much of a run's interruption as matters here. */
export interface AgentsInterruption {
  readonly name?: string | undefined;
  readonly arguments?: string | undefined;
  readonly rawItem: object;
}

export interface GuardedAgents<T> {
  /** The same options, for `tool()`: each tool asks Bylaw before it runs. */
  readonly tools: T;
  /**
   * Waits for the answer of the person whom Bylaw asks about an interruption of a run. Out: whether to
   * `state.approve` it or to `state.reject` it.
   */
  answered(interruption: AgentsInterruption): Promise<boolean>;
}

interface Details {
  readonly toolCall?: { readonly callId?: string };
}
type Execute = (input: unknown, context: unknown, details: Details | undefined) => unknown;

/**
 * Guards tools of the OpenAI Agents SDK, as the options that `tool()` takes: where the SDK has read the
 * arguments by the tool's schema, and both its approval and its run see the same ones.
 *
 * A refused call ends with words for the model; a tool with an `outputSchema` throws `BylawRefusal`
 * instead, because words would not have its form. One that a person must allow interrupts the run.
 */
export function guard<const T extends readonly AgentsToolOptions[]>(
  bylaw: Bylaw,
  tools: T,
  options?: GuardOptions,
): GuardedAgents<T> {
  const gate = createGate(bylaw, options);
  /** Arguments as the schema read them, by the SDK's id of the call, while it waits for a person. */
  const waiting = new Map<string, Call>();
  return {
    tools: tools.map((tool) => guardOne(gate, waiting, tool)) as unknown as T,
    answered: async (interruption) => {
      const call = callOf(interruption, waiting);
      return call !== null && (await gate.answered(call));
    },
  };
}

function guardOne(
  gate: Gate,
  waiting: Map<string, Call>,
  tool: AgentsToolOptions,
): AgentsToolOptions {
  const execute = tool.execute as unknown as Execute;
  const name = tool.name ?? execute.name;
  if (typeof execute !== "function" || name === "") throw new UnguardableTool(name || "a tool");
  const guarded = {
    ...tool,
    name,
    needsApproval: async (_context: unknown, input: unknown, callId?: string) => {
      const call = { id: callId ?? null, tool: name, arguments: input };
      const asks = await gate.asks(call);
      if (asks && callId !== undefined) remember(waiting, callId, call);
      return asks;
    },
    execute: async (input: unknown, context: unknown, details: Details | undefined) => {
      const id = details?.toolCall?.callId ?? null;
      if (id !== null) waiting.delete(id);
      try {
        return await gate.run({ id, tool: name, arguments: input }, (args) =>
          execute(args, context, details),
        );
      } catch (error) {
        if (error instanceof BylawRefusal && tool.outputSchema === undefined) return error.message;
        throw error;
      }
    },
  };
  return guarded;
}

/** Calls that wait for a person; beyond them the oldest is known by its interruption alone. */
const WAITING_MAX = 1_000;

function remember(waiting: Map<string, Call>, id: string, call: Call): void {
  waiting.set(id, call);
  const [oldest] = waiting.keys();
  if (waiting.size > WAITING_MAX && oldest !== undefined) waiting.delete(oldest);
}

/** In another process than the one that was interrupted, the arguments are those that the model wrote. */
function callOf(
  { name, arguments: text, rawItem }: AgentsInterruption,
  waiting: ReadonlyMap<string, Call>,
): Call | null {
  const raw = rawItem as { readonly callId?: unknown; readonly name?: unknown };
  const id = typeof raw.callId === "string" ? raw.callId : null;
  const known = id === null ? undefined : waiting.get(id);
  if (known !== undefined) return known;
  const tool = name ?? (typeof raw.name === "string" ? raw.name : undefined);
  if (tool === undefined || text === undefined) return null;
  try {
    return { id, tool, arguments: JSON.parse(text) as unknown };
  } catch {
    return null;
  }
}
