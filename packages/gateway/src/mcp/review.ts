import type { ToolDefinition } from "@bylaw/core";

/** A tool as its server shows it. */
export interface ShownTool {
  readonly definition: ToolDefinition;
  /** What the digest is over, canonical JSON. */
  readonly content: string;
}

/**
 * Judges what an upstream says about itself before an agent gets to know of it. Out: null, or the code
 * of why it is withheld. A throw withholds it.
 */
export interface Review {
  /** Whether the upstream is the one that it was: asked before it is started and when it has answered. */
  identity(upstream: string, started: boolean): Promise<string | null>;
  /** Text that the upstream has for the agent's model. */
  instructions(upstream: string, text: string): Promise<string | null>;
  /** Takes note of the tools of one page. In: whether the list has been read to its end with it. */
  tools(upstream: string, shown: readonly ShownTool[], whole: boolean): Promise<Withheld>;
  /** One tool as it is now. */
  tool(upstream: string, definition: ToolDefinition): Promise<string | null>;
}

/** Of a page: why a tool may not be shown; null where it may. */
export type Withheld = (definition: ToolDefinition) => string | null;

/** The same answer to everything where whoever judges is not to be reached. */
export async function reviewed(judging: Promise<string | null>): Promise<string | null> {
  return judging.catch(() => "definition.unavailable");
}
