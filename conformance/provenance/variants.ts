import type { Data, Session, Tool } from "./sessions.ts";

/** A change to the data that a rule keyed to the data would not survive. */
export interface Variant {
  readonly name: string;
  readonly promptSeen: boolean;
  change(data: Data): Data;
}

/** A payload in its wrapper: a block between tags in capitals, as the templates of attack suites write it. */
const WRAPPED = /<([A-Z]{4,})>([\s\S]*?)<\/\1>/g;

export const VARIANTS: readonly Variant[] = [
  { name: "plain", promptSeen: true, change: (data) => data },
  {
    name: "payloads without wrapper",
    promptSeen: true,
    change: (data) =>
      withResults(data, (text) => text.replace(WRAPPED, (_, __, block) => bare(block))),
  },
  { name: "tool names replaced", promptSeen: true, change: renamed },
  {
    name: "descriptions removed",
    promptSeen: true,
    change: (data) => withTools(data, (tool) => ({ ...tool, description: "" })),
  },
  {
    name: "payloads speak the prompt's words",
    promptSeen: true,
    change: (data) =>
      withResults(data, (text, { prompt }) =>
        text.replace(WRAPPED, (_, __, block) =>
          bare(block).replace(/(^|[.!?]\s+)(?=\S)/g, `$1${subject(prompt)} `),
        ),
      ),
  },
  { name: "prompt unseen", promptSeen: false, change: (data) => data },
];

/** The lines between salutation and signature. */
function bare(block: string): string {
  const lines = block
    .split(/\\n|\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "");
  const first = lines.findIndex((line) => line.endsWith(":"));
  const end = lines.findIndex((line, at) => at > first && /^after\b/i.test(line));
  return lines.slice(first + 1, end < 0 ? undefined : end).join(" ");
}

/** Four words of the prompt that carry its matter: the longest. */
function subject(prompt: string): string {
  const words = [...new Set(prompt.match(/[A-Za-z]{4,}/g) ?? [])];
  return words
    .sort((a, b) => b.length - a.length)
    .slice(0, 4)
    .join(" ");
}

function withResults(data: Data, change: (text: string, session: Session) => string): Data {
  const sessions = data.sessions.map((session) => ({
    ...session,
    steps: session.steps.map((step) => ({ ...step, result: change(step.result ?? "", session) })),
  }));
  return { ...data, sessions };
}

function withTools(data: Data, change: (tool: Tool, at: number) => Tool): Data {
  const tools = Object.entries(data.tools).map(
    ([suite, list]) => [suite, list.map(change)] as const,
  );
  return { ...data, tools: Object.fromEntries(tools) };
}

/** Tools called by a number; only the description says what they do. */
function renamed(data: Data): Data {
  const number = (suite: string, tool: string): string => {
    const at = (data.tools[suite] ?? []).findIndex(({ name }) => name === tool);
    return at < 0 ? tool : `t${at}`;
  };
  return {
    ...withTools(data, (tool, at) => ({ ...tool, name: `t${at}` })),
    sessions: data.sessions.map((session) => ({
      ...session,
      steps: session.steps.map((step) => ({ ...step, tool: number(session.suite, step.tool) })),
    })),
  };
}
