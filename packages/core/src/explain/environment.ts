import type { ActionHierarchy } from "../cedar/actions.ts";
import { buildStore, EMPTY_STORE } from "../cedar/entities.ts";
import type { Environment } from "../cedar/environment.ts";
import { reading } from "../cedar/errors.ts";
import { readContext } from "../cedar/ingest.ts";
import { REQUEST_LIMITS } from "../cedar/limits.ts";
import { entity } from "../cedar/value.ts";
import type { Question } from "../decide/context.ts";

/** What the clauses of one question are read against; null where the request itself cannot be read. */
export function environmentOf({ request }: Question, actions: ActionHierarchy): Environment | null {
  const { principal, action, resource, context, entities } = request;
  const read = reading((): Environment => {
    const store = buildStore(entities, EMPTY_STORE, REQUEST_LIMITS);
    return {
      principal: entity(principal.type, principal.id),
      action: entity("Action", action),
      resource: entity(resource.type, resource.id),
      context: readContext(context),
      find: (uid) => store.find(uid) ?? actions.store.find(uid),
    };
  });
  return read.ok ? read.value : null;
}
