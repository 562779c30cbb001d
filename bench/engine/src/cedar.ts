import {
  ACTIONS,
  type Agent,
  GROUPS,
  type Policy,
  type Request,
  type Resource,
  type When,
  type Workload,
} from "./workload.ts";

/** The workload in Cedar: text for the parser of cedar-wasm, JSON for the data. */

export const SCHEMA: string = `
entity Organization;
entity Team in [Organization];
entity Agent in [Team];
entity Project;
entity Resource in [Project] { environment: String, owner: Agent, labels: Set<String> };
type Context = {
  args: { rows: Long, path: String, target: String },
  taint: Set<String>, counts: { calls: Long, denials: Long }, approved: Bool
};
action ${GROUPS.join(", ")};
${ACTIONS.map(
  ({ id, group }) =>
    `action ${id} in [${group}] appliesTo { principal: [Agent], resource: [Resource], context: Context };`,
).join("\n")}`;

export function policyText(policy: Policy): string {
  const principal =
    policy.agent !== null
      ? `principal == Agent::"${policy.agent}"`
      : policy.team !== null
        ? `principal in Team::"${policy.team}"`
        : "principal";
  const actions = policy.actions.map((id) => `Action::"${id}"`).join(", ");
  const action =
    policy.group !== null
      ? `action in Action::"${policy.group}"`
      : policy.actions.length === 1
        ? `action == ${actions}`
        : policy.actions.length > 1
          ? `action in [${actions}]`
          : "action";
  const resource =
    policy.project === null ? "resource" : `resource in Project::"${policy.project}"`;
  return `${policy.effect} (${principal}, ${action}, ${resource}) when { ${condition(policy.when)} };`;
}

function condition(when: When): string {
  const parts: string[] = [];
  if (when.rowsAtMost !== undefined) parts.push(`context.args.rows <= ${when.rowsAtMost}`);
  if (when.rowsOver !== undefined) parts.push(`context.args.rows > ${when.rowsOver}`);
  if (when.callsOver !== undefined) parts.push(`context.counts.calls > ${when.callsOver}`);
  if (when.environment !== undefined) parts.push(`resource.environment == "${when.environment}"`);
  if (when.taint !== undefined) parts.push(`context.taint.contains("${when.taint}")`);
  if (when.label !== undefined) parts.push(`resource.labels.contains("${when.label}")`);
  if (when.approved !== undefined) parts.push(`context.approved == ${when.approved}`);
  if (when.ownedByAgent !== undefined) parts.push("resource.owner == principal");
  if (when.path !== undefined) parts.push(`context.args.path like "${when.path.join("*")}*"`);
  return parts.join(" && ");
}

export interface CedarEntity {
  readonly type: string;
  readonly id: string;
  readonly parents: readonly { readonly type: string; readonly id: string }[];
  readonly attrs: Readonly<Record<string, CedarJson>>;
}

export type CedarJson =
  | boolean
  | number
  | string
  | readonly CedarJson[]
  | { readonly [key: string]: CedarJson };

export function agentEntity(agent: Agent): CedarEntity {
  return { type: "Agent", id: agent.id, parents: [{ type: "Team", id: agent.team }], attrs: {} };
}

function teamEntity(team: string, organization: string): CedarEntity {
  return {
    type: "Team",
    id: team,
    parents: [{ type: "Organization", id: organization }],
    attrs: {},
  };
}

function bare(type: string, id: string): CedarEntity {
  return { type, id, parents: [], attrs: {} };
}

export function resourceEntity(resource: Resource): CedarEntity {
  return {
    type: "Resource",
    id: resource.id,
    parents: [{ type: "Project", id: resource.project }],
    attrs: {
      environment: resource.environment,
      owner: { __entity: { type: "Agent", id: resource.owner } },
      labels: resource.labels,
    },
  };
}

/** What one request needs: six entities, and for engines without a schema the action and its group. */
export function slice(request: Request, owners: ReadonlyMap<string, Agent>): CedarEntity[] {
  const { agent, resource } = request;
  const owner = owners.get(resource.owner);
  return [
    agentEntity(agent),
    teamEntity(agent.team, agent.organization),
    bare("Organization", agent.organization),
    resourceEntity(resource),
    bare("Project", resource.project),
    ...(owner === undefined || owner.id === agent.id ? [] : [agentEntity(owner)]),
  ];
}

export function actionSlice(request: Request): CedarEntity[] {
  const { id, group } = request.action;
  const parents = [{ type: "Action", id: group }];
  return [{ type: "Action", id, parents, attrs: {} }, bare("Action", group)];
}

/** Every entity of the workload, for a store that outlives a request. */
export function allEntities({ agents, resources }: Workload): CedarEntity[] {
  const teams = new Map(agents.map(({ team, organization }) => [team, organization]));
  const projects = new Set(resources.map(({ project }) => project));
  return [
    ...agents.map(agentEntity),
    ...[...teams].map(([team, organization]) => teamEntity(team, organization)),
    ...[...new Set(teams.values())].map((id) => bare("Organization", id)),
    ...resources.map(resourceEntity),
    ...[...projects].map((id) => bare("Project", id)),
  ];
}
