import type { AuthorizationRequest, Engine, Evaluation, TaggedEntity } from "@bylaw/core";
import type { CedarModule } from "./cedar.ts";

export interface WasmPolicies {
  /** Names the parsed sets in the module's cache: equal names must mean equal content. */
  readonly name: string;
  readonly schema: string;
  readonly permits: Readonly<Record<string, string>>;
  readonly forbids: Readonly<Record<string, string>>;
}

/**
 * An engine over Cedar's own evaluator: slow, and the judge of the compiled one.
 *
 * Permits and forbids are two sets, because on a denial Cedar names the forbids only. A request
 * that it cannot read, or fails on, is invalid, so that `decide` blocks.
 */
export function wasmEngine(cedar: CedarModule, policies: WasmPolicies): Engine {
  const { name, schema } = policies;
  const sets = [
    { id: `${name}/permits`, policies: policies.permits },
    { id: `${name}/forbids`, policies: policies.forbids },
  ] as const;
  must(cedar.preparseSchema(name, schema));
  for (const set of sets)
    must(cedar.preparsePolicySet(set.id, { staticPolicies: { ...set.policies } }));

  const ask = (set: (typeof sets)[number], request: AuthorizationRequest): Answer => {
    const answer = cedar.statefulIsAuthorized({
      principal: { ...request.principal },
      action: { type: "Action", id: request.action },
      resource: { ...request.resource },
      context: request.context as never,
      entities: request.entities.map(entityJson) as never,
      preparsedSchemaName: name,
      validateRequest: true,
      preparsedPolicySetId: set.id,
    });
    if (answer.type === "failure")
      throw new Error(answer.errors.map(({ message }) => message).join("; "));
    const { reason, errors } = answer.response.diagnostics;
    return {
      satisfied: [...reason].sort(),
      errors: errors.map(({ policyId, error }) => ({ policy: policyId, message: error.message })),
    };
  };

  return {
    evaluate(request): Evaluation {
      try {
        const [permits, forbids] = [ask(sets[0], request), ask(sets[1], request)];
        const errors = [...permits.errors, ...forbids.errors];
        errors.sort((a, b) => (a.policy < b.policy ? -1 : 1));
        return { permits: permits.satisfied, forbids: forbids.satisfied, errors, invalid: null };
      } catch (error) {
        // The module also throws, for example on values nested too deeply.
        const message = error instanceof Error ? error.message : "the evaluator failed";
        const invalid = { code: "request.value", message } as const;
        return { permits: [], forbids: [], errors: [], invalid };
      }
    },
  };
}

interface Answer {
  readonly satisfied: readonly string[];
  readonly errors: readonly { readonly policy: string; readonly message: string }[];
}

function entityJson({ type, id, parents, attrs, tags }: TaggedEntity): object {
  return { uid: { type, id }, parents, attrs, ...(tags === undefined ? {} : { tags }) };
}

function must(answer: { readonly type: string; readonly errors?: readonly { message: string }[] }) {
  if (answer.type !== "success")
    throw new Error(answer.errors?.map(({ message }) => message).join("; ") ?? "not parsed");
}
