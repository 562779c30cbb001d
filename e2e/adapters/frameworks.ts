import { existsSync } from "node:fs";
import { join } from "node:path";
import { REPOSITORY } from "../harness/site.ts";

/** Where the examples are, each with the framework that it shows in a folder of its own. */
export const EXAMPLES: string = join(REPOSITORY, "examples", "adapters");

export const FRAMEWORKS = ["vercel-ai", "openai-agents", "langchain", "mastra", "mcp"] as const;

/** Environment variable: the Node that the examples run on, because some frameworks need a newer one. */
export const NODE_VARIABLE = "BYLAW_EXAMPLES_NODE";

export function isInstalled(framework: string): boolean {
  return existsSync(join(EXAMPLES, framework, "node_modules"));
}
