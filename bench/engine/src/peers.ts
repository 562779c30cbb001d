import { parse } from "@marcbachmann/cel-js";
import {
  ConflictResolutionStrategy,
  type Policy as GovernancePolicy,
  PolicyEngine,
} from "@microsoft/agent-governance-sdk";
import { newEnforcer, newModelFromString } from "casbin";
import type { Contender } from "./engine.ts";
import type { Policy, Request } from "./workload.ts";

// None of these has entities or hierarchies: requests are flattened for them, outside the clock.

/** The conditions of a policy in order, each rendered by the language's own words. */
interface Language {
  equals(field: string, value: string): string;
  oneOf(field: string, values: readonly string[]): string;
  compare(field: string, operator: "<=" | ">", value: number): string;
  holds(field: string, wanted: boolean): string;
  contains(field: string, value: string): string;
  path(prefix: string, part: string): string;
}

function conditions(policy: Policy, language: Language): string[] {
  const { when } = policy;
  const parts: string[] = [];
  if (policy.team !== null) parts.push(language.equals("team", policy.team));
  if (policy.agent !== null) parts.push(language.equals("agent", policy.agent));
  if (policy.group !== null) parts.push(language.equals("group", policy.group));
  if (policy.actions.length > 0) parts.push(language.oneOf("action", policy.actions));
  if (policy.project !== null) parts.push(language.equals("project", policy.project));
  if (when.rowsAtMost !== undefined) parts.push(language.compare("rows", "<=", when.rowsAtMost));
  if (when.rowsOver !== undefined) parts.push(language.compare("rows", ">", when.rowsOver));
  if (when.callsOver !== undefined) parts.push(language.compare("calls", ">", when.callsOver));
  if (when.environment !== undefined) parts.push(language.equals("environment", when.environment));
  if (when.taint !== undefined) parts.push(language.contains("taint", when.taint));
  if (when.label !== undefined) parts.push(language.contains("labels", when.label));
  if (when.approved !== undefined) parts.push(language.holds("approved", when.approved));
  if (when.ownedByAgent !== undefined) parts.push(language.holds("owned", true));
  if (when.path !== undefined) parts.push(language.path(...when.path));
  return parts;
}

function flat({ agent, action, resource, context }: Request) {
  return {
    agent: agent.id,
    team: agent.team,
    action: action.id,
    group: action.group,
    project: resource.project,
    environment: resource.environment,
    labels: resource.labels,
    owned: resource.owner === agent.id,
    rows: context.args.rows,
    path: context.args.path,
    taint: context.taint,
    calls: context.counts.calls,
    approved: context.approved,
  };
}

const CEL: Language = {
  equals: (field, value) => `${field} == "${value}"`,
  oneOf: (field, values) => `${field} in ${JSON.stringify(values)}`,
  compare: (field, operator, value) => `${field} ${operator} ${value}`,
  holds: (field, wanted) => (wanted ? field : `!${field}`),
  contains: (field, value) => `"${value}" in ${field}`,
  path: (prefix, part) => `path.startsWith("${prefix}") && path.contains("${part}")`,
};

const celJs: Contender = {
  name: "@marcbachmann/cel-js",
  note: "parsed expressions, linear; stops at the first forbid, then the first permit",
  prepare: async ({ policies, requests }) => {
    const rendered = policies.map((policy) => ({
      effect: policy.effect,
      text: conditions(policy, CEL).join(" && "),
    }));
    const contexts = requests.map((request) => {
      const { rows, calls, ...rest } = flat(request);
      return { ...rest, rows: BigInt(rows), calls: BigInt(calls) };
    });
    return {
      load: async () => {
        const parsed = (effect: string) =>
          rendered.filter((policy) => policy.effect === effect).map(({ text }) => parse(text));
        const [forbids, permits] = [parsed("forbid"), parsed("permit")];
        return {
          decide: (index) => {
            const context = contexts[index];
            return (
              !forbids.some((holds) => holds(context) === true) &&
              permits.some((holds) => holds(context) === true)
            );
          },
          reasons: null,
        };
      },
    };
  },
};

const CASBIN: Language = {
  equals: (field, value) => `r.sub.${field} == "${value}"`,
  oneOf: (field, values) => `(${values.map((v) => `r.sub.${field} == "${v}"`).join(" || ")})`,
  compare: (field, operator, value) => `r.sub.${field} ${operator} ${value}`,
  holds: (field, wanted) => `r.sub.${field} == ${wanted}`,
  contains: (field, value) => `has(r.sub.${field}, "${value}")`,
  path: (prefix, part) => `pathMatches(r.sub.path, "${prefix}", "${part}")`,
};

const CASBIN_MODEL = `
[request_definition]
r = sub
[policy_definition]
p = rule, eft
[policy_effect]
e = some(where (p.eft == allow)) && !some(where (p.eft == deny))
[matchers]
m = eval(p.rule)
`;

const casbin: Contender = {
  name: "casbin",
  note: "ABAC with eval(), allow-and-deny effect, synchronous call",
  prepare: async ({ policies, requests }) => {
    const rules = policies.map((policy) => [
      conditions(policy, CASBIN).join(" && "),
      policy.effect === "permit" ? "allow" : "deny",
    ]);
    const subjects = requests.map(flat);
    return {
      load: async () => {
        const enforcer = await newEnforcer(newModelFromString(CASBIN_MODEL));
        await enforcer.addFunction("has", (list: string[], item: string) => list.includes(item));
        await enforcer.addFunction(
          "pathMatches",
          (path: string, prefix: string, part: string) =>
            path.startsWith(prefix) && path.slice(prefix.length).includes(part),
        );
        await enforcer.addPolicies(rules);
        return { decide: (index) => enforcer.enforceSync(subjects[index]), reasons: null };
      },
    };
  },
};

// Its conditions know neither lists in the context nor patterns: both are flattened to flags.
const GOVERNANCE: Language = {
  equals: (field, value) => `${field} == '${value}'`,
  oneOf: (field, values) => `${field} in [${values.map((value) => `'${value}'`).join(", ")}]`,
  compare: (field, operator, value) => `${field} ${operator} ${value}`,
  holds: (field, wanted) => `${field} == ${wanted}`,
  contains: (field, value) => `${field}.${value} == true`,
  path: (prefix, part) => `directory == '${prefix}' and parts.${part} == true`,
};

const PATH_PARTS = ["secret", "key", "token"];

function flags(list: readonly string[]): Record<string, boolean> {
  return Object.fromEntries(list.map((item) => [item, true]));
}

const governanceSdk: Contender = {
  name: "@microsoft/agent-governance-sdk",
  note: "one policy document, deny-overrides",
  prepare: async ({ policies, requests }) => {
    const rules = policies.map((policy) => ({
      name: policy.id,
      condition: conditions(policy, GOVERNANCE).join(" and "),
      ruleAction: policy.effect === "permit" ? ("allow" as const) : ("deny" as const),
    }));
    const contexts = requests.map((request) => {
      const { taint, labels, path, ...rest } = flat(request);
      const directory = path.split("/").slice(0, 3).join("/");
      return {
        ...rest,
        taint: flags(taint),
        labels: flags(labels),
        directory: `${directory}/`,
        parts: flags(PATH_PARTS.filter((part) => path.slice(directory.length).includes(part))),
      };
    });
    return {
      load: async () => {
        const engine = new PolicyEngine([], ConflictResolutionStrategy.DenyOverrides);
        const policy: GovernancePolicy = { name: "bench", rules, default_action: "deny" };
        engine.loadPolicy(policy);
        return {
          decide: (index) =>
            engine.evaluatePolicy("did:agent", contexts[index] as Record<string, unknown>).allowed,
          reasons: null,
        };
      },
    };
  },
};

export const PEERS: readonly Contender[] = [celJs, casbin, governanceSdk];
