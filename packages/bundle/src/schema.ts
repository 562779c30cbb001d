import {
  ASSURANCES,
  AUDIENCES,
  CLASSES,
  ENVIRONMENTS,
  FINDINGS,
  GATEWAYS,
  LABELS,
  ORIGINS,
  SOURCES,
} from "@bylaw/core";

/** Ids that catalog and detectors add to the built-in closed lists. */
export interface ClosedLists {
  readonly environments: readonly string[];
  readonly labels: readonly string[];
  readonly classes: readonly string[];
  readonly findings: readonly string[];
}

export const NO_ADDITIONS: ClosedLists = {
  environments: [],
  labels: [],
  classes: [],
  findings: [],
};

/** The Cedar schema of every Bylaw policy, with the closed lists written out. */
export function schemaText(added: ClosedLists): string {
  return `// Closed lists: a misspelt id is refused in policies at load and in facts at decision.
entity Environment enum ${ids(ENVIRONMENTS, added.environments)};
entity Label enum ${ids(LABELS, added.labels)};
entity Class enum ${ids(CLASSES, added.classes)};
entity Finding enum ${ids(FINDINGS, added.findings)};
entity Origin enum ${ids(ORIGINS)};
entity Gateway enum ${ids(GATEWAYS)};
entity Assurance enum ${ids(ASSURANCES)};
entity Source enum ${ids(SOURCES)};
entity Audience enum ${ids(AUDIENCES)};

// Principals
entity Group in [Group];
entity User in [Group];
entity Agent in [Agent, Group, Environment, Label, Class] { clears: Set<Label> }; // a sub-agent is in its parent

// Resources
entity Server in [Environment, Label, Class] { reviewed: Bool };
entity Tool in [Server, Environment, Label, Class] { reviewed: Bool };
entity Workspace;
entity File in [File, Workspace, Environment, Label, Class] { path: String, name: String };
entity Domain in [Domain];
entity Host in [Domain, Environment, Label, Class] { name: String, port: Long, private: Bool, clears: Set<Label> };
entity Database in [Server, Environment, Label, Class];
entity Table in [Database, Server, Environment, Label, Class] { name: String };
entity Object in [Object, Server, Environment, Label, Class] { kind: String }; // issue, branch, pod, mail, document ...
entity Package in [Class] { ecosystem: String, name: String, ageHours: Long, pinned: Bool, inspected: Bool };
entity Skill in [Class] { name: String, ageHours: Long, inspected: Bool };
entity Model in [Environment, Class] { clears: Set<Label> };
entity Secret in [Environment, Label, Class];
entity Channel in [Domain, Environment, Class] { external: Bool, clears: Set<Label> };
entity Policy;

// Arguments of the call, by dotted path ("filter.env", "ids") and by type of the leaf
entity Texts tags String;
entity Numbers tags Long;
entity Lists tags Set<String>;

type Amount = { atMost: Long, known: Bool }; // unknown: atMost = 9007199254740991, known = false
type Context = {
  now: datetime, gateway: Gateway, assurance: Assurance, tool: Tool, source: Source,
  args: { text: Texts, number: Numbers, list: Lists, complete: Bool },
  quantity: Amount, bytes: Amount, cost: Amount, // things acted on; data moved; micro-USD
  reversible: Bool,                              // unknown: false
  audience: Audience,                            // who can see or use the result afterwards
  data: { labels: Set<Label> },                  // labels of what this effect reads or moves
  origin: { target: Set<Origin>, payload: Set<Origin>, untrusted: Bool },
  findings: Set<Finding>,
  session: { id: String, labels: Set<Label>, origins: Set<Origin>, untrusted: Bool, depth: Long, attended: Bool },
  task: { declared: Bool, inScope: Bool, locked: Bool, offline: Bool, noInstall: Bool },
  chain: { agents: Set<Agent>, onBehalfOf?: User },
  counts: { calls_1m: Long, deletes_1h: Long, sends_1h: Long, spend_1d: Long, denials_10m: Long }
};

action observe, change, leave, run, authority; // groups only
action read, list in [observe] appliesTo { principal: [User, Agent], context: Context,
  resource: [Tool, Server, File, Host, Table, Database, Object, Package, Skill, Model, Secret, Channel, Agent, Policy] };
action create, update, delete in [change] appliesTo { principal: [User, Agent], context: Context,
  resource: [Tool, Server, File, Host, Table, Database, Object, Package, Skill, Model, Secret, Channel, Agent, Policy] };
action remember in [change] appliesTo { principal: [User, Agent], context: Context, resource: [Agent, File, Object] };
action send in [leave] appliesTo { principal: [User, Agent], context: Context, resource: [Host, Channel, Model, Agent, Server] };
action publish in [leave] appliesTo { principal: [User, Agent], context: Context,
  resource: [Package, Skill, File, Object, Table, Channel, Host, Model] };
action connect appliesTo { principal: [User, Agent], context: Context, resource: [Host, Server, Database, Model] };
action execute in [run] appliesTo { principal: [User, Agent], context: Context, resource: [Tool, File, Package, Skill, Object] };
action install in [run] appliesTo { principal: [User, Agent], context: Context, resource: [Package, Skill, Server, Model, Tool] };
action spawn in [run, authority] appliesTo { principal: [User, Agent], context: Context, resource: [Agent] };
action grant, configure in [authority] appliesTo { principal: [User, Agent], context: Context,
  resource: [User, Group, Agent, Tool, Server, File, Host, Table, Database, Object, Model, Secret, Channel, Policy] };
action spend appliesTo { principal: [User, Agent], context: Context, resource: [Tool, Server, Host, Model, Agent, Object] };
`;
}

function ids(builtIn: readonly string[], added: readonly string[] = []): string {
  const all = [...builtIn, ...[...added].sort().filter((id) => !builtIn.includes(id))];
  return `[${[...new Set(all)].map((id) => JSON.stringify(id)).join(", ")}]`;
}
