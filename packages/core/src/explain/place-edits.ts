import type { Effect, EntityRef, Facts, ResourceEntity } from "../facts.ts";
import { isArray, isObject, type Json, type JsonObject } from "../json/json.ts";
import { ENVIRONMENTS } from "../vocabulary.ts";
import {
  type Edit,
  editAt,
  effectPath,
  namedOf,
  onEffects,
  type Target,
  thresholds,
  toggle,
} from "./edit.ts";
import type { Mentions } from "./reads.ts";
import { showEntity } from "./show.ts";

const PLACES: readonly string[] = ["Workspace", "Class", "Label", "Domain", "Database", "Server"];

/** Where the resource is: another environment, or in or out of a place that the clause names. */
export function placeEdits(effect: Effect, mentions: Mentions, target: Target): readonly Edit[] {
  if (!mentions.reads.some(({ path }) => path.length === 1 && path[0] === "resource")) return [];
  const { parents } = effect.resource;
  const named = mentions.entities.filter(({ type }) => PLACES.includes(type));
  const environments = mentions.entities.some(({ type }) => type === "Environment")
    ? environmentEdits(parents, target)
    : [];
  const places = named.map((place) => {
    const inside = parents.some((parent) => same(parent, place));
    const fact = effectPath(target, `resource.parents ${showEntity(place)}`);
    const words = `the resource ${inside ? "not in" : "in"} ${showEntity(place)}`;
    return editAt(fact)(
      inside,
      !inside,
      words,
      relocate(target, (of) =>
        inside ? of.filter((parent) => !same(parent, place)) : [...of, place],
      ),
    );
  });
  return [...environments, ...places];
}

function environmentEdits(parents: readonly EntityRef[], target: Target): readonly Edit[] {
  const now = parents.filter(({ type }) => type === "Environment").map(({ id }) => id);
  const build = editAt(effectPath(target, "resource.parents Environment"));
  return ENVIRONMENTS.filter((id) => !now.includes(id)).map((id) => {
    const instead = now.length === 0 ? "no known environment" : now.join(" and ");
    return build(
      now,
      [id],
      `the environment ${id} instead of ${instead}`,
      relocate(target, (of) => [
        ...of.filter(({ type }) => type !== "Environment"),
        { type: "Environment", id },
      ]),
    );
  });
}

function relocate(
  target: Target,
  change: (parents: readonly EntityRef[]) => readonly EntityRef[],
): Edit["apply"] {
  return onEffects(target, (of) => ({
    ...of,
    resource: { ...of.resource, parents: change(of.resource.parents) },
  }));
}

/** In or out of a group that the clause names, for the member that was asked about. */
export function groupEdits(facts: Facts, mentions: Mentions, target: Target): readonly Edit[] {
  const member = facts.chain[target.member];
  if (
    member === undefined ||
    !mentions.reads.some(({ path }) => path.length === 1 && path[0] === "principal")
  )
    return [];
  return namedOf(mentions, "Group").map((group) => {
    const inside = member.groups.includes(group);
    const words = `${showEntity(member)} ${inside ? "not in" : "in"} ${showEntity({ type: "Group", id: group })}`;
    const groups = inside ? member.groups.filter((id) => id !== group) : [...member.groups, group];
    const fact = `chain[${target.member}].groups ${JSON.stringify(group)}`;
    return editAt(fact)(inside, !inside, words, (of) => ({
      ...of,
      chain: of.chain.map((one, index) => (index === target.member ? { ...one, groups } : one)),
    }));
  });
}

export function attributeEdits(
  effect: Effect,
  [name]: readonly string[],
  mentions: Mentions,
  target: Target,
): readonly Edit[] {
  const now = name === undefined ? undefined : effect.resource.attrs[name];
  if (name === undefined || now === undefined) return [];
  const fact = effectPath(target, `resource.attrs.${name}`);
  const put = (value: Json): Edit["apply"] =>
    onEffects(target, (of) => ({ ...of, resource: withAttribute(of.resource, name, value) }));
  if (typeof now === "boolean") return [toggle(fact, `the resource's \`${name}\``, now, put)];
  if (typeof now === "number")
    return thresholds(mentions, now).map((value) =>
      editAt(fact)(now, value, `the resource's \`${name}\` ${value} instead of ${now}`, put(value)),
    );
  if (name !== "clears" || !isArray(now) || effect.labels.length === 0) return [];
  const cleared = now.map((label) => idOf(label));
  const missing = effect.labels.filter((label) => !cleared.includes(label));
  const to = [...now, ...missing.map(labelRef)];
  return missing.length === 0
    ? []
    : [editAt(fact)(now, to, `the destination cleared for ${missing.join(", ")}`, put(to))];
}

export function withAttribute<T extends ResourceEntity>(of: T, name: string, value: Json): T {
  return { ...of, attrs: { ...of.attrs, [name]: value } };
}

function labelRef(id: string): JsonObject {
  return { __entity: { type: "Label", id } };
}

function idOf(label: Json): Json | undefined {
  const ref = isObject(label) ? label["__entity"] : undefined;
  return isObject(ref) ? ref["id"] : undefined;
}

function same(a: EntityRef, b: EntityRef): boolean {
  return a.type === b.type && a.id === b.id;
}
