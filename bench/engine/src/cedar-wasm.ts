import {
  type Entities,
  type PolicySet,
  preparsePolicySet,
  type StatefulAuthorizationCall,
  statefulIsAuthorized,
} from "@cedar-policy/cedar-wasm/nodejs";
import { actionSlice, type CedarEntity, policyText, slice } from "./cedar.ts";
import type { Contender } from "./engine.ts";
import { ACTIONS, type Action, type Policy, type Workload } from "./workload.ts";

function contender(name: string, note: string, perAction: boolean): Contender {
  return {
    name,
    note,
    prepare: async (workload) => {
      const sets = perAction
        ? ACTIONS.map((action) => [action.id, policiesOf(workload, action)] as const)
        : ([["all", workload.policies]] as const);
      const rendered = sets.map(([id, policies]) => [id, render(policies)] as const);
      return {
        load: async () => {
          for (const [id, staticPolicies] of rendered) {
            const answer = preparsePolicySet(id, { staticPolicies } as PolicySet);
            if (answer.type === "failure") throw new Error(answer.errors[0]?.message);
          }
          const asked = calls(workload, perAction);
          const ask = (index: number) => {
            const answer = statefulIsAuthorized(asked[index] as StatefulAuthorizationCall);
            if (answer.type === "failure") throw new Error(answer.errors[0]?.message);
            return answer.response;
          };
          return {
            decide: (index) => ask(index).decision === "allow",
            reasons: (index) => [...ask(index).diagnostics.reason].sort(),
          };
        },
      };
    },
  };
}

function policiesOf({ policies }: Workload, action: Action): Policy[] {
  return policies.filter(
    ({ actions, group }) =>
      (group === null || group === action.group) &&
      (actions.length === 0 || actions.includes(action.id)),
  );
}

function render(policies: readonly Policy[]): Record<string, string> {
  return Object.fromEntries(policies.map((policy) => [policy.id, policyText(policy)]));
}

function calls(workload: Workload, perAction: boolean): StatefulAuthorizationCall[] {
  const owners = new Map(workload.agents.map((agent) => [agent.id, agent]));
  return workload.requests.map((request) => ({
    principal: { type: "Agent", id: request.agent.id },
    action: { type: "Action", id: request.action.id },
    resource: { type: "Resource", id: request.resource.id },
    context: request.context as unknown as StatefulAuthorizationCall["context"],
    entities: [...slice(request, owners), ...actionSlice(request)].map(entity) as Entities,
    preparsedPolicySetId: perAction ? request.action.id : "all",
  }));
}

function entity({ type, id, parents, attrs }: CedarEntity): unknown {
  return { uid: { type, id }, parents, attrs };
}

export const CEDAR_WASM: readonly Contender[] = [
  contender("cedar-wasm, stateful", "one pre-parsed set; 6 entities and 2 actions per call", false),
  contender("cedar-wasm, set per action", "60 pre-parsed sets; same call", true),
];
