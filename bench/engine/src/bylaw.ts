import { policyToJson, schemaToJson } from "@cedar-policy/cedar-wasm/nodejs";
import {
  type AuthorizationRequest,
  compilePolicies,
  type EntityInput,
  type Evaluation,
  type ExactJson,
  entityStore,
} from "../../../packages/core/dist/index.js";
import { allEntities, policyText, SCHEMA, slice } from "./cedar.ts";
import type { Contender } from "./engine.ts";
import type { Workload } from "./workload.ts";

/** Policies come as JSON, as a cached bundle holds them; text to JSON is cedar-wasm's part. */
function contender(name: string, note: string, shared: boolean): Contender {
  return {
    name,
    note,
    prepare: async (workload) => {
      const schema = jsonOf(schemaToJson(SCHEMA));
      const sources = workload.policies.map((policy) => ({
        id: policy.id,
        est: jsonOf(policyToJson(policyText(policy))),
      }));
      const entities = allEntities(workload) as unknown as EntityInput[];
      return {
        load: async () => {
          const engine = compilePolicies(sources, schema);
          const store = entityStore(shared ? entities : []);
          if (!engine.ok || !store.ok) throw new Error(`${name} does not load`);
          const asked = requests(workload, shared).map((request) => ({
            ...request,
            store: store.value,
          }));
          const evaluate = (index: number): Evaluation => {
            const evaluation = engine.value.evaluate(asked[index] as AuthorizationRequest);
            if (evaluation.invalid !== null) throw new Error(evaluation.invalid.code);
            return evaluation;
          };
          return {
            decide: (index) => {
              const { permits, forbids } = evaluate(index);
              return forbids.length === 0 && permits.length > 0;
            },
            reasons: (index) => {
              const { permits, forbids } = evaluate(index);
              return forbids.length > 0 ? forbids : permits;
            },
          };
        },
      };
    },
  };
}

function requests(workload: Workload, shared: boolean): AuthorizationRequest[] {
  const owners = new Map(workload.agents.map((agent) => [agent.id, agent]));
  return workload.requests.map((request) => ({
    principal: { type: "Agent", id: request.agent.id },
    action: request.action.id,
    resource: { type: "Resource", id: request.resource.id },
    context: request.context,
    entities: (shared ? [] : slice(request, owners)) as unknown as AuthorizationRequest["entities"],
  }));
}

interface Converted {
  readonly type: string;
  readonly json?: unknown;
}

function jsonOf(answer: Converted): ExactJson {
  if (answer.type !== "success") throw new Error(JSON.stringify(answer));
  return answer.json as ExactJson;
}

export const BYLAW: readonly Contender[] = [
  contender("bylaw, shared store", "entities read once, context per call", true),
  contender("bylaw, entities per call", "context and 6 entities per call", false),
];
