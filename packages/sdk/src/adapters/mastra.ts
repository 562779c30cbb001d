import type { Bylaw } from "../client.ts";
import { createGate, type Gate, type GuardOptions } from "./gate.ts";
import { UnguardableTool } from "./unguardable.ts";

/** As much of what `createTool()` of `@mastra/core` (1) takes as matters here. */
export interface MastraToolOptions {
  readonly id: string;
  readonly inputSchema?: unknown;
  readonly execute?: ((input: never, context: never) => unknown) | undefined;
}

/** The payload of a `tool-call-approval`, as a run that waits carries it. */
export interface MastraApproval {
  readonly toolName: string;
  readonly args: unknown;
}

export interface GuardedMastra<T> {
  /** The same options, for `createTool()`: each tool asks Bylaw before it runs. */
  readonly tools: T;
  /**
   * Waits for the answer of the person whom Bylaw asks about a run that waits. Out: whether to
   * `approveToolCall` or to `declineToolCall`.
   */
  answered(approval: MastraApproval): Promise<boolean>;
}

type Execute = (input: unknown, context: unknown) => unknown;

/**
 * Guards tools of Mastra, as the options that `createTool()` takes, by the names under which an agent
 * gets them. A refused call ends as a tool error, whose words the model reads; one that a person must
 * allow suspends the run.
 *
 * Throws `UnguardableTool` for tools without `execute`.
 */
export function guard<const T extends Readonly<Record<string, MastraToolOptions>>>(
  bylaw: Bylaw,
  tools: T,
  options?: GuardOptions,
): GuardedMastra<T> {
  const gate = createGate(bylaw, options);
  const guarded = Object.entries(tools).map(([name, tool]) => [name, guardOne(gate, name, tool)]);
  return {
    tools: Object.fromEntries(guarded) as T,
    answered: async ({ toolName, args }) =>
      gate.answered({
        id: null,
        tool: toolName,
        arguments: await asRead(tools[toolName]?.inputSchema, args),
      }),
  };
}

function guardOne(gate: Gate, name: string, tool: MastraToolOptions): MastraToolOptions {
  const execute = tool.execute as Execute | undefined;
  if (execute === undefined) throw new UnguardableTool(name);
  // The framework tells no id when it asks for approval, so a call is known by what it does.
  const callOf = (input: unknown) => ({ id: null, tool: name, arguments: input });
  const guarded = {
    ...tool,
    requireApproval: async (input: unknown) =>
      gate.asks(callOf(await asRead(tool.inputSchema, input))),
    execute: (input: unknown, context: unknown) =>
      gate.run(callOf(input), (args) => execute(args, context)),
  };
  return guarded;
}

interface Standard {
  readonly "~standard": {
    readonly validate: (value: unknown) => Reading | Promise<Reading>;
  };
}
type Reading = { readonly value: unknown } | { readonly issues: readonly unknown[] };

/** Approval is asked for with what the model wrote; the tool gets it as the schema reads it. */
async function asRead(schema: unknown, input: unknown): Promise<unknown> {
  if (!isStandard(schema)) return input;
  const reading = await schema["~standard"].validate(input);
  return "value" in reading ? reading.value : input;
}

/** https://standardschema.dev: an object or a function with this one member. */
function isStandard(schema: unknown): schema is Standard {
  const some = (typeof schema === "object" && schema !== null) || typeof schema === "function";
  return some && "~standard" in schema;
}
