import type { Scenario } from "../scenario.ts";

const ENDING = ".sub";

/** The agent to which an agent passes on what it may do. */
export function subAgentOf(agent: string): string {
  return `${agent}${ENDING}`;
}

/** The scenario with a sub-agent for each agent, of the same groups: attacks act through it. */
export function withSubAgents(scenario: Scenario): Scenario {
  const { agents } = scenario.given;
  const subs = Object.entries(agents).map(([name, given]) => [subAgentOf(name), given] as const);
  const given = { ...scenario.given, agents: { ...agents, ...Object.fromEntries(subs) } };
  return { ...scenario, given };
}
