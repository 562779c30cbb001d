// One workload for every engine: policies and requests as plain data. Each engine renders them into its
// own language; the oracle reads them directly and knows none of those languages.

/** `mulberry32`: a small generator, so that a seed names a run. */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

export const GROUPS = ["observe", "change", "authority"] as const;
export type Group = (typeof GROUPS)[number];
const ACTIONS_PER_GROUP = 20;

export interface Action {
  readonly id: string;
  readonly group: Group;
}

export const ACTIONS: readonly Action[] = GROUPS.flatMap((group) =>
  Array.from({ length: ACTIONS_PER_GROUP }, (_, i) => ({ id: `${group}_${i}`, group })),
);

/** Conditions a policy may have; all that are given must hold. */
export interface When {
  readonly rowsAtMost?: number;
  readonly rowsOver?: number;
  readonly callsOver?: number;
  readonly environment?: string;
  readonly taint?: string;
  readonly label?: string;
  readonly approved?: boolean;
  readonly ownedByAgent?: true;
  /** The path starts with the first text and holds the second one after it. */
  readonly path?: readonly [string, string];
}

export interface Policy {
  readonly id: string;
  readonly effect: "permit" | "forbid";
  readonly team: string | null;
  readonly agent: string | null;
  /** Action ids, or one group. */
  readonly actions: readonly string[];
  readonly group: Group | null;
  readonly project: string | null;
  readonly when: When;
}

export interface Agent {
  readonly id: string;
  readonly team: string;
  readonly organization: string;
}

export interface Resource {
  readonly id: string;
  readonly project: string;
  readonly environment: "production" | "staging" | "test";
  readonly owner: string;
  readonly labels: readonly string[];
}

export interface Request {
  readonly agent: Agent;
  readonly action: Action;
  readonly resource: Resource;
  readonly context: {
    readonly args: { readonly rows: number; readonly path: string; readonly target: string };
    readonly taint: readonly string[];
    readonly counts: { readonly calls: number; readonly denials: number };
    readonly approved: boolean;
  };
}

export interface Workload {
  readonly agents: readonly Agent[];
  readonly resources: readonly Resource[];
  readonly policies: readonly Policy[];
  readonly requests: readonly Request[];
}

export interface Size {
  readonly policies: number;
  readonly requests: number;
}

const ORGANIZATIONS = 4;
const TAINTS = ["web", "mail", "repo", "memory", "secret"];
const LABELS = ["public", "internal", "personal", "confidential"];

const GUARDRAILS: readonly Omit<Policy, "id">[] = [
  guard("authority", { environment: "production", approved: false }),
  guard("change", { rowsOver: 10_000 }),
  guard(null, { taint: "secret", label: "public" }),
  guard(null, { callsOver: 5_000 }),
];

function guard(group: Group | null, when: When): Omit<Policy, "id"> {
  return { effect: "forbid", team: null, agent: null, actions: [], group, project: null, when };
}

/**
 * Four guardrails; of the rest 60 % permits for teams, 15 % permits for agents, 17 % forbids over
 * taint, 8 % forbids over a path. Teams and projects grow with the policies, as they would.
 */
export function workload(seed: number, size: Size): Workload {
  const next = random(seed);
  const below = (n: number): number => Math.floor(next() * n);
  const pick = <T>(list: readonly T[]): T => list[below(list.length)] as T;
  const teams = Math.max(10, Math.ceil(size.policies / 25));
  const projects = Math.max(10, Math.ceil(size.policies / 25));
  const agents = Array.from({ length: Math.max(20, teams * 4) }, (_, i) => ({
    id: `agent-${i}`,
    team: `team-${i % teams}`,
    organization: `org-${(i % teams) % ORGANIZATIONS}`,
  }));
  const resources = Array.from({ length: projects * 5 }, (_, i) => ({
    id: `resource-${i}`,
    project: `project-${i % projects}`,
    environment: pick(["production", "staging", "test"] as const),
    owner: pick(agents).id,
    labels: LABELS.filter(() => next() < 0.4),
  }));
  const scoped = (effect: Policy["effect"], when: When): Omit<Policy, "id"> => ({
    effect,
    team: null,
    agent: null,
    actions: [],
    group: null,
    project: `project-${below(projects)}`,
    when,
  });
  const make = (): Omit<Policy, "id"> => {
    const kind = next();
    if (kind < 0.6) {
      const whole = next() < 0.3;
      return {
        ...scoped("permit", { rowsAtMost: pick([100, 1_000, 50_000]) }),
        team: `team-${below(teams)}`,
        actions: whole ? [] : [pick(ACTIONS).id, pick(ACTIONS).id, pick(ACTIONS).id],
        group: whole ? pick(GROUPS) : null,
      };
    }
    if (kind < 0.75) {
      const when: When = next() < 0.5 ? { ownedByAgent: true } : { rowsAtMost: 500 };
      return { ...scoped("permit", when), agent: pick(agents).id, group: pick(GROUPS) };
    }
    if (kind < 0.92)
      return {
        ...scoped("forbid", { taint: pick(TAINTS) }),
        team: `team-${below(teams)}`,
        actions: [pick(ACTIONS).id],
      };
    const path = [`/srv/${below(20)}/`, pick(["secret", "key", "token"])] as const;
    return { ...scoped("forbid", { path }), actions: [pick(ACTIONS).id] };
  };
  const bodies = Array.from({ length: Math.max(0, size.policies - GUARDRAILS.length) }, make);
  const policies = [...GUARDRAILS, ...bodies].map((body, i) => ({ ...body, id: `p${i}` }));
  const permits = policies.filter(({ effect }) => effect === "permit");
  const byTeam = groupBy(agents, ({ team }) => team);
  const byProject = groupBy(resources, ({ project }) => project);

  // Every eighth request is aimed at a permit; aimless ones are nearly all denied.
  const request = (): Request => {
    const aim = next() < 0.125 && permits.length > 0 ? pick(permits) : null;
    const named = agents.find(({ id }) => id === aim?.agent);
    const actions = ACTIONS.filter(
      ({ id, group }) => aim?.group === group || aim?.actions.includes(id),
    );
    return {
      agent: named ?? pick(byTeam.get(aim?.team ?? "") ?? agents),
      action: pick(aim === null ? ACTIONS : actions),
      resource: pick(byProject.get(aim?.project ?? "") ?? resources),
      context: {
        args: {
          rows: pick([1, 20, 80, 400, 2_000, 40_000]),
          path: `/srv/${below(20)}/${pick(["data", "secret", "reports"])}/file-${below(1000)}.csv`,
          target: `https://host-${below(50)}.example/upload`,
        },
        taint: TAINTS.filter(() => next() < 0.15),
        counts: { calls: below(5_200), denials: below(10) },
        approved: next() < 0.2,
      },
    };
  };
  return { agents, resources, policies, requests: Array.from({ length: size.requests }, request) };
}

export interface Answer {
  readonly allow: boolean;
  /** Ids of the satisfied forbids, else of the satisfied permits; sorted. */
  readonly reasons: readonly string[];
}

/** The truth, from the policies as data. */
export function oracle(policies: readonly Policy[], request: Request): Answer {
  const satisfied = policies.filter((policy) => applies(policy, request));
  const ids = (effect: Policy["effect"]): string[] =>
    satisfied
      .filter((policy) => policy.effect === effect)
      .map(({ id }) => id)
      .sort();
  const [permits, forbids] = [ids("permit"), ids("forbid")];
  if (forbids.length > 0) return { allow: false, reasons: forbids };
  return { allow: permits.length > 0, reasons: permits };
}

function applies(policy: Policy, { agent, action, resource, context }: Request): boolean {
  const { when } = policy;
  return (
    (policy.team === null || policy.team === agent.team) &&
    (policy.agent === null || policy.agent === agent.id) &&
    (policy.group === null || policy.group === action.group) &&
    (policy.actions.length === 0 || policy.actions.includes(action.id)) &&
    (policy.project === null || policy.project === resource.project) &&
    (when.rowsAtMost === undefined || context.args.rows <= when.rowsAtMost) &&
    (when.rowsOver === undefined || context.args.rows > when.rowsOver) &&
    (when.callsOver === undefined || context.counts.calls > when.callsOver) &&
    (when.environment === undefined || resource.environment === when.environment) &&
    (when.taint === undefined || context.taint.includes(when.taint)) &&
    (when.label === undefined || resource.labels.includes(when.label)) &&
    (when.approved === undefined || context.approved === when.approved) &&
    (when.ownedByAgent === undefined || resource.owner === agent.id) &&
    (when.path === undefined || pathMatches(context.args.path, when.path))
  );
}

function pathMatches(path: string, [prefix, part]: readonly [string, string]): boolean {
  return path.startsWith(prefix) && path.slice(prefix.length).includes(part);
}

function groupBy<T>(list: readonly T[], key: (item: T) => string): ReadonlyMap<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of list) {
    const group = groups.get(key(item));
    if (group === undefined) groups.set(key(item), [item]);
    else group.push(item);
  }
  return groups;
}
