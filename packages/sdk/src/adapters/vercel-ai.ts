import type { Bylaw } from "../client.ts";
import { type Call, createGate, type Gate, type GuardOptions } from "./gate.ts";
import { UnguardableTool } from "./unguardable.ts";

/** As much of a tool of the AI SDK (`ai`, versions 6 and 7) as matters here. */
export interface AiTool {
  readonly execute?: ((input: never, options: never) => unknown) | undefined;
}

/** A tool call as the AI SDK's parts carry it: `tool-call`, and `toolCall` of `tool-approval-request`. */
export interface AiToolCall {
  readonly toolCallId: string;
  readonly toolName: string;
  readonly input: unknown;
}

export interface GuardedAi<T> {
  /** The same tools, each asking Bylaw before it runs. */
  readonly tools: T;
  /**
   * Waits for the answer of the person whom Bylaw asks about a call that the SDK holds back. Out: what
   * to send as `approved` in the `tool-approval-response`.
   */
  answered(toolCall: AiToolCall): Promise<boolean>;
}

type Execute = (input: unknown, options: { readonly toolCallId?: string } | undefined) => unknown;

/**
 * Guards tools of the Vercel AI SDK. A refused call ends as a tool error, whose words the model reads;
 * one that a person must allow becomes a `tool-approval-request`.
 *
 * Throws `UnguardableTool` for tools without `execute`: the provider or the browser runs them.
 */
export function guard<const T extends Readonly<Record<string, AiTool>>>(
  bylaw: Bylaw,
  tools: T,
  options?: GuardOptions,
): GuardedAi<T> {
  const gate = createGate(bylaw, options);
  const guarded = Object.entries(tools).map(([name, tool]) => [name, guardOne(gate, name, tool)]);
  return {
    tools: Object.fromEntries(guarded) as T,
    answered: ({ toolCallId, toolName, input }) =>
      gate.answered({ id: toolCallId, tool: toolName, arguments: input }),
  };
}

function guardOne(gate: Gate, name: string, tool: AiTool): AiTool {
  const execute = tool.execute as Execute | undefined;
  if (execute === undefined) throw new UnguardableTool(name);
  const callOf = (input: unknown, options: { readonly toolCallId?: string } | undefined): Call => ({
    id: options?.toolCallId ?? null,
    tool: name,
    arguments: input,
  });
  const guarded = {
    ...tool,
    needsApproval: (input: unknown, options: { readonly toolCallId?: string } | undefined) =>
      gate.asks(callOf(input, options)),
    execute: (input: unknown, options: { readonly toolCallId?: string } | undefined) =>
      gate.run(callOf(input, options), async (args) => last(await execute(args, options))),
  };
  return guarded;
}

/** A tool that streams its result ends with the last one; what comes before is for progress bars. */
async function last(result: unknown): Promise<unknown> {
  if (!isStream(result)) return result;
  let latest: unknown;
  for await (const each of result) latest = each;
  return latest;
}

function isStream(result: unknown): result is AsyncIterable<unknown> {
  return typeof result === "object" && result !== null && Symbol.asyncIterator in result;
}
