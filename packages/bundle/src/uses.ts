import type { EntityRef, PolicyMeta } from "@bylaw/core";
import { isObject } from "@bylaw/core";
import { type Est, literalsOf, pathOf, walk } from "./est.ts";

/** Argument paths that the policies read; "*" when one computes the key. */
export function argumentPathsOf(policies: Iterable<Est>): ReadonlySet<string> {
  const paths = new Set<string>();
  for (const est of policies)
    walk(est, (operator, operands) => {
      if ((operator !== "getTag" && operator !== "hasTag") || !isObject(operands)) return;
      const key = isObject(operands["right"]) ? operands["right"]["Value"] : undefined;
      paths.add(typeof key === "string" ? key : "*");
    });
  return paths;
}

/** True when a policy reads the rolling counters, directly or by taking the whole context along. */
export function readsCounts(policies: Iterable<Est>): boolean {
  let found = false;
  for (const est of policies)
    walk(est, (operator, operands) => {
      const path = pathOf({ [operator]: operands });
      if (path?.[0] === "context" && path[1] === "counts") found = true;
    });
  return found;
}

const DIRECTORY: readonly string[] = ["Agent", "Group", "User"];

/**
 * Users, groups and agents that policies name in text or annotations. Their ids are data, so a typo
 * validates; whoever has the directory compares. Sorted, each once.
 */
export function directoryLiterals(
  policies: Iterable<{ readonly est: Est; readonly meta: PolicyMeta }>,
): readonly EntityRef[] {
  const found = new Map<string, EntityRef>();
  const add = (ref: EntityRef): void => {
    if (DIRECTORY.includes(ref.type)) found.set(`${ref.type}::${ref.id}`, ref);
  };
  for (const { est, meta } of policies) {
    literalsOf(est).forEach(add);
    const named = [...meta.approvers, ...(meta.grant === null ? [] : [meta.grant.owner])];
    for (const text of named) {
      const [type, id] = text.split(/::(.*)/s);
      if (type !== undefined && id !== undefined) add({ type, id: JSON.parse(id) as string });
    }
  }
  return [...found.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, ref]) => ref);
}
