import type { EntityRef } from "@bylaw/core";
import type { Config } from "@bylaw/server";

/** Null where the configuration names nobody: then nobody can be missing either. */
export function directoryOf({ people }: Config): readonly EntityRef[] | null {
  const users = Object.keys(people).map((id) => ({ type: "User", id }));
  const groups = new Set(Object.values(people).flatMap((person) => person.groups));
  if (users.length === 0) return null;
  return [...users, ...[...groups].map((id) => ({ type: "Group", id }))];
}
