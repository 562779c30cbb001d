import { fail, type JsonObject, ok, type Result, type ToolDefinition } from "@bylaw/core";
import { ask } from "./ask.ts";
import { RPC } from "./codes.ts";
import { encode, type RequestId } from "./jsonrpc.ts";
import { reviewed, type ShownTool } from "./review.ts";
import type { SessionState } from "./state.ts";
import { readPage, type ToolPage } from "./tools.ts";

const ATTEMPTS = 2;

/**
 * What the upstream itself says that a tool name means now; a name it does not list is refused, and so is
 * a definition that is withheld.
 */
export async function resolveTool(
  state: SessionState,
  name: string,
): Promise<Result<ToolDefinition, string>> {
  const found = await lookUp(state, name);
  if (!found.ok) return found;
  const withheld = await reviewed(state.context.review.tool(state.upstream, found.value));
  return withheld === null ? found : fail(withheld);
}

async function lookUp(state: SessionState, name: string): Promise<Result<ToolDefinition, string>> {
  // Not every server says that its tools have changed.
  if (state.tools.olderThan(state.context.ops.now() - state.context.limits.toolsFreshMs))
    state.tools.invalidate();
  let known = state.tools.get(name);
  if (known === null || known === "unknown") {
    state.listing ??= listAll(state).finally(() => {
      state.listing = null;
    });
    const failed = await state.listing;
    if (failed !== null) return fail(failed);
    known = state.tools.get(name);
  }
  if (known === null || known === "unknown") return fail("tool.unknown");
  return known === "ambiguous" ? fail("tool.ambiguous") : ok(known);
}

/** Reads every page into the cache. Out: null, or the code of why it could not. */
async function listAll(state: SessionState): Promise<string | null> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const generation = state.tools.generation;
    const shown = await readPages(state);
    if (!shown.ok) return shown.error;
    if (state.tools.generation !== generation) continue; // changed while it was being read
    const { ops, review } = state.context;
    const failed = await reviewed(review.tools(state.upstream, shown.value, true).then(() => null));
    if (failed !== null) return failed;
    if (state.tools.generation !== generation) continue;
    state.tools.replace(
      shown.value.map(({ definition }) => definition),
      ops.now(),
    );
    return null;
  }
  return "tool.changed";
}

async function readPages(state: SessionState): Promise<Result<readonly ShownTool[], string>> {
  const { tools, toolPages } = state.context.limits;
  const shown: ShownTool[] = [];
  let cursor: string | null = null;
  for (let pages = 0; pages < toolPages; pages += 1) {
    const page: Result<ToolPage, string> = await listPage(state, cursor);
    if (!page.ok) return page;
    shown.push(...page.value.shown);
    cursor = page.value.next;
    if (shown.length > tools) break;
    if (cursor === null) return ok(shown);
  }
  return fail("upstream.tools");
}

const NO_TOOLS: ToolPage = { entries: [], shown: [], definitions: [], next: null };

async function listPage(
  state: SessionState,
  cursor: string | null,
): Promise<Result<ToolPage, string>> {
  const id = internalId(state);
  const params: JsonObject = cursor === null ? {} : { cursor };
  const bytes = encode({ jsonrpc: "2.0", id, method: "tools/list", params });
  const answer = await ask(state, id, bytes, state.context.limits.startMs, null);
  if (answer.kind === "failed") return fail(answer.code);
  answer.delivered();
  const { body } = answer.item.message;
  if (body.kind === "error")
    return body.error["code"] === RPC.unknownMethod ? ok(NO_TOOLS) : fail("upstream.tools");
  const page = readPage(body.result);
  return page === null ? fail("upstream.garbage") : ok(page);
}

/** In a space of Bylaw's own that no client can guess, so that answers never meet a client's ids. */
function internalId(state: SessionState): RequestId {
  state.internalIds += 1;
  return `bylaw:${state.context.ids.session()}:${state.internalIds}`;
}
