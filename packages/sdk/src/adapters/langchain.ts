import { type Bylaw, BylawRefusal } from "../client.ts";
import { type Call, createGate, type Gate, type GuardOptions } from "./gate.ts";
import { UnguardableTool } from "./unguardable.ts";

/** As much of a tool of LangChain.js (`@langchain/core`, version 1) as matters here. */
export interface LangChainTool {
  readonly name: string;
}

/** The value of an interrupt that waits for a person: `interrupts[].value` of a graph's state. */
export interface Held {
  readonly approval: string;
  readonly tool: string;
  readonly arguments: unknown;
  readonly toolCallId: string | null;
  readonly reason: string;
}

export interface LangChainOptions extends GuardOptions {
  /**
   * `interrupt` of `@langchain/langgraph`: a call that a person must allow then stops the graph, which
   * needs a checkpointer, and goes on with `Command({ resume })`. Without it such a call is refused.
   */
  readonly interrupt?: (value: Held) => unknown;
}

export interface GuardedLangChain<T> {
  /** The same tools, each asking Bylaw before it runs. */
  readonly tools: T;
  /** Waits for the answer of the person whom Bylaw asks. Resume the graph whatever it says. */
  answered(held: Held): Promise<boolean>;
}

interface Config {
  readonly toolCall?: { readonly id?: string };
}
interface Inside extends LangChainTool {
  readonly responseFormat?: string;
  readonly _call?: (input: unknown, manager: unknown, config: Config | undefined) => unknown;
}

/**
 * Guards tools of LangChain.js. A refused call ends with words for the model. After an interrupt the
 * framework runs the tool again from its start: it is then that the person's answer counts, whatever
 * the graph was resumed with.
 *
 * Throws `UnguardableTool` for tools that a provider runs.
 */
export function guard<const T extends readonly LangChainTool[]>(
  bylaw: Bylaw,
  tools: T,
  { interrupt, ...options }: LangChainOptions = {},
): GuardedLangChain<T> {
  const gate = createGate(bylaw, options);
  return {
    tools: tools.map((tool) => guardOne(gate, tool, interrupt)) as unknown as T,
    answered: ({ tool, toolCallId, arguments: args }) =>
      gate.answered({ id: toolCallId, tool, arguments: args }),
  };
}

function guardOne(
  gate: Gate,
  tool: LangChainTool,
  interrupt: LangChainOptions["interrupt"],
): LangChainTool {
  const inside: Inside = tool;
  if (typeof inside._call !== "function") throw new UnguardableTool(tool.name);
  const attempt = async (
    input: unknown,
    manager: unknown,
    config: Config | undefined,
  ): Promise<unknown> => {
    const call: Call = { id: config?.toolCall?.id ?? null, tool: tool.name, arguments: input };
    try {
      return await gate.run(call, (args) => inside._call?.(args, manager, config));
    } catch (error) {
      if (!(error instanceof BylawRefusal)) throw error;
      const held = heldOf(call, error);
      // The first time it stops the graph here; afterwards it says what the graph was resumed with,
      // and the refusal stands.
      if (held !== null) interrupt?.(held);
      return inside.responseFormat === "content_and_artifact"
        ? [error.message, undefined]
        : error.message;
    }
  };
  return Object.create(tool, { _call: { value: attempt } }) as LangChainTool;
}

function heldOf(call: Call, { verdict }: BylawRefusal): Held | null {
  if (verdict.outcome !== "require_approval" || verdict.approval === null) return null;
  const { id, tool } = call;
  const { approval, reason } = verdict;
  return { approval, tool, arguments: call.arguments, toolCallId: id, reason };
}
