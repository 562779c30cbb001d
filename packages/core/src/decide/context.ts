import type { AuthorizationRequest, TaggedEntity } from "../engine.ts";
import { type Effect, type EntityRef, type Facts, placeOf } from "../facts.ts";
import type { Json, JsonObject } from "../json/json.ts";
import type { Principal } from "../request.ts";

/** One Cedar request, and which effect and which member of the chain it asks about. */
export interface Question {
  readonly effect: number;
  readonly member: number;
  readonly request: AuthorizationRequest & { readonly context: JsonObject };
}

/**
 * Every question that Facts put to a bundle: one per effect and member of the principal chain.
 *
 * The slice holds the asked member, the person at the head, the tool, the resource and the
 * arguments, each with every ancestor as a direct parent: an entity that Cedar misses has no
 * ancestors, and a forbid on one of them would drop without an error. Other agents of the chain stay
 * out of it: through them a sub-agent would inherit the groups, and so the rights, of its parent.
 */
export function questionsOf(facts: Facts): readonly Question[] {
  const members = facts.chain.map(chainEntity);
  const head = onBehalfOf(facts.chain) === null ? [] : members.slice(0, 1);
  const shared = [...head, facts.tool, ...argumentEntities(facts)];
  return facts.effects.flatMap((effect, index) => {
    const { action, resource } = effect;
    const context = contextOf(facts, effect);
    return members.map((asked, member) => ({
      effect: index,
      member,
      request: {
        principal: { type: asked.type, id: asked.id },
        action,
        resource: { type: resource.type, id: resource.id },
        context,
        entities: merged([asked, ...shared, resource]),
      },
    }));
  });
}

/** The person the chain acts for, if it starts with one. */
export function onBehalfOf(chain: readonly Principal[]): Principal | null {
  const head = chain[0];
  return head !== undefined && head.type === "User" ? head : null;
}

/** An agent is in every agent that started it, so that `in Agent::"coder"` covers its sub-agents. */
function chainEntity(member: Principal, index: number, chain: readonly Principal[]): TaggedEntity {
  const groups = member.groups.map((id) => ({ type: "Group", id }));
  if (member.type === "User") return { type: "User", id: member.id, parents: groups, attrs: {} };
  const starters = chain.slice(0, index).filter(({ type }) => type === "Agent");
  return {
    type: "Agent",
    id: member.id,
    parents: [...starters.map(({ type, id }) => ({ type, id })), ...groups],
    attrs: { clears: [] }, // who asks is cleared for nothing; only a resource can be a cleared sink
  };
}

const TEXTS = { type: "Texts", id: "args" };
const NUMBERS = { type: "Numbers", id: "args" };
const LISTS = { type: "Lists", id: "args" };

function argumentEntities(facts: Facts): readonly TaggedEntity[] {
  const { text, number, list } = facts.arguments;
  return [bare(TEXTS, text), bare(NUMBERS, number), bare(LISTS, list)];
}

function bare({ type, id }: EntityRef, tags: NonNullable<TaggedEntity["tags"]>): TaggedEntity {
  return { type, id, parents: [], attrs: {}, tags };
}

/** One entity per uid: a resource may be the tool, or a member of the chain. */
function merged(entities: readonly TaggedEntity[]): readonly TaggedEntity[] {
  const distinct: TaggedEntity[] = [];
  for (const entity of entities) {
    const at = placeOf(distinct, entity);
    if (at < 0) distinct.push(entity);
    else distinct[at] = unite(distinct[at] as TaggedEntity, entity);
  }
  return distinct;
}

/** Identity alone says in which groups and agents somebody is: an effect cannot add to them. */
function unite(earlier: TaggedEntity, later: TaggedEntity): TaggedEntity {
  const known = new Set(earlier.parents.map(({ type, id }) => `${type}::${id}`));
  const added = later.parents.filter(
    ({ type, id }) => type !== "Group" && type !== "Agent" && !known.has(`${type}::${id}`),
  );
  return { ...earlier, attrs: later.attrs, parents: [...earlier.parents, ...added] };
}

/** The context record of the schema, the same for every action: nothing in it is optional but the person. */
export function contextOf(facts: Facts, effect: Effect): JsonObject {
  const { session, task, counts, caller } = facts;
  const person = onBehalfOf(facts.chain);
  const agents = facts.chain.filter(({ type }) => type === "Agent");
  return {
    now: { __extn: { fn: "datetime", arg: facts.now } },
    gateway: entity("Gateway", facts.action.gateway),
    assurance: entity("Assurance", caller.assurance),
    tool: entity("Tool", facts.tool.id),
    source: entity("Source", effect.source),
    args: {
      text: reference(TEXTS),
      number: reference(NUMBERS),
      list: reference(LISTS),
      complete: facts.arguments.complete,
    },
    quantity: { atMost: effect.quantity.atMost, known: effect.quantity.known },
    bytes: { atMost: effect.bytes.atMost, known: effect.bytes.known },
    cost: { atMost: effect.cost.atMost, known: effect.cost.known },
    reversible: effect.reversible,
    audience: entity("Audience", effect.audience),
    data: { labels: entities("Label", effect.labels) },
    origin: {
      target: entities("Origin", effect.origin.target),
      payload: entities("Origin", effect.origin.payload),
      untrusted: effect.origin.untrusted,
    },
    findings: entities("Finding", effect.findings),
    session: {
      id: session.id,
      labels: entities("Label", session.labels),
      origins: entities("Origin", session.origins),
      untrusted: session.untrusted,
      depth: session.depth,
      attended: session.attended,
    },
    task: {
      declared: task.declared,
      inScope: task.inScope,
      locked: task.locked,
      offline: task.offline,
      noInstall: task.noInstall,
    },
    chain: {
      agents: agents.map(reference),
      ...(person === null ? {} : { onBehalfOf: reference(person) }),
    },
    counts: {
      calls_1m: counts.calls_1m,
      deletes_1h: counts.deletes_1h,
      sends_1h: counts.sends_1h,
      spend_1d: counts.spend_1d,
      denials_10m: counts.denials_10m,
    },
  };
}

function reference({ type, id }: EntityRef): JsonObject {
  return { __entity: { type, id } };
}

function entity(type: string, id: string): JsonObject {
  return reference({ type, id });
}

function entities(type: string, ids: readonly string[]): Json {
  return ids.map((id) => entity(type, id));
}
