import type { EntityStore } from "./cedar/entities.ts";
import type { RequestError } from "./cedar/errors.ts";
import type { PreparedContext } from "./cedar/ingest.ts";
import type { Entity, EntityRef } from "./facts.ts";
import type { JsonObject } from "./json/json.ts";

/**
 * One authorization question in Cedar's terms. Entities are the closed slice: principal, resource,
 * tool and argument entities; an entity that is absent has no ancestors and no attributes.
 */
export interface AuthorizationRequest {
  readonly principal: EntityRef;
  /** Action id without its type, for example `delete`. */
  readonly action: string;
  readonly resource: EntityRef;
  /** In Cedar's JSON form, or read beforehand where several requests share it. */
  readonly context: JsonObject | PreparedContext;
  readonly entities: readonly TaggedEntity[];
  /** Entities read beforehand, which `entities` is added to. */
  readonly store?: EntityStore;
}

export interface TaggedEntity extends Entity {
  readonly tags?: JsonObject;
}

/** Every policy that is satisfied, permits and forbids alike: Cedar's own answer hides the permits. */
export interface Evaluation {
  readonly permits: readonly string[];
  readonly forbids: readonly string[];
  /** Policies whose evaluation failed. Cedar skips them; `decide` blocks on a forbid among them. */
  readonly errors: readonly { readonly policy: string; readonly message: string }[];
  /** Why the request itself could not be read; then no policy was evaluated and the lists are empty. */
  readonly invalid: RequestError | null;
}

/** Evaluates one compiled policy set. Synchronous, pure, deterministic; ids sorted in each list. */
export interface Engine {
  evaluate(request: AuthorizationRequest): Evaluation;
}
