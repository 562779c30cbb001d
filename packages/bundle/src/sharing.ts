import { type Engine, PreparedContext, prepareContext } from "@bylaw/core";

/**
 * An engine that reads a context once for the requests of one effect: they share the object, and
 * reading it costs more than evaluating the policies. A context that cannot be read goes on as it
 * is, so that the engine itself says so.
 */
export function sharing(engine: Engine): Engine {
  let last: { readonly context: object; readonly prepared: PreparedContext } | null = null;
  return {
    evaluate(request) {
      const { context } = request;
      if (context instanceof PreparedContext) return engine.evaluate(request);
      if (last?.context !== context) {
        const prepared = prepareContext(context);
        if (!prepared.ok) return engine.evaluate(request);
        last = { context, prepared: prepared.value };
      }
      return engine.evaluate({ ...request, context: last.prepared });
    },
  };
}
