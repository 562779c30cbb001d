import { describe, expect, test } from "vitest";
import { readActions } from "./actions.ts";
import { buildStore, EMPTY_STORE } from "./entities.ts";
import { REQUEST_LIMITS } from "./limits.ts";
import type { CompiledPolicy, Scope } from "./policy.ts";
import { scopeIndex } from "./scope-index.ts";
import { entity } from "./value.ts";

const ALL: Scope = { op: "all" };
const is = (type: string, within: [string, string] | null = null): Scope => ({
  op: "is",
  type,
  within: within === null ? null : entity(...within),
});
const equals = (type: string, id: string): Scope => ({ op: "==", entity: entity(type, id) });
const within = (type: string, id: string): Scope => ({ op: "in", entity: entity(type, id) });

function policy(
  id: string,
  principal: Scope,
  resource: Scope,
  action: Scope = ALL,
): CompiledPolicy {
  return { id, effect: "permit", principal, action, resource, holds: () => true };
}

const hierarchy = readActions({
  "": { actions: { view: { memberOf: [{ id: "read" }] }, read: {}, write: {} } },
});
const store = buildStore(
  [{ type: "User", id: "ann", parents: [{ type: "Group", id: "dba" }], attrs: {} }],
  EMPTY_STORE,
  REQUEST_LIMITS,
);

/** Ids of the policies that are looked at for an action of Ann's on a file, in the order of the visit. */
function visited(policies: readonly CompiledPolicy[], action = "view", user = "ann"): string[] {
  if (!hierarchy.ok) throw new Error("no actions");
  const seen: string[] = [];
  const place = (type: string, id: string) => {
    const uid = entity(type, id);
    return { uid, data: store.find(uid) };
  };
  scopeIndex(policies, hierarchy.value).visit(
    entity("Action", action),
    place("User", user),
    place("File", "f"),
    ({ id }) => seen.push(id),
  );
  return seen;
}

describe("of the policies only those are looked at", () => {
  test("whose action is meant", () => {
    const policies = [
      policy("all", ALL, ALL),
      policy("view", ALL, ALL, equals("Action", "view")),
      policy("group", ALL, ALL, within("Action", "read")),
      policy("write", ALL, ALL, equals("Action", "write")),
      policy("other", ALL, ALL, equals("Action", "other")),
    ];
    expect(visited(policies)).toEqual(["all", "view", "group"]);
    expect(visited(policies, "write")).toEqual(["all", "write"]);
    // An action outside the schema is in nothing but itself.
    expect(visited(policies, "other")).toEqual(["all", "other"]);
  });

  test("whose principal may be meant, by itself or by what it is in", () => {
    const policies = [
      policy("ann", equals("User", "ann"), ALL),
      policy("bob", equals("User", "bob"), ALL),
      policy("dba", within("Group", "dba"), ALL),
      policy("ops", within("Group", "ops"), ALL),
      policy("user in dba", is("User", ["Group", "dba"]), ALL),
      policy("user in ops", is("User", ["Group", "ops"]), ALL),
    ];
    expect(visited(policies)).toEqual(["ann", "dba", "user in dba"]);
    expect(visited(policies, "view", "bob")).toEqual(["bob"]);
  });

  test("whose resource may be meant, by itself or by its type", () => {
    const policies = [
      policy("file", ALL, is("File")),
      policy("table", ALL, is("Table")),
      policy("f", ALL, equals("File", "f")),
      policy("g", ALL, equals("File", "g")),
      policy("file in x", ALL, is("File", ["Class", "x"])),
      policy("any user", is("User"), ALL),
    ];
    expect(visited(policies)).toEqual(["f", "file", "any user"]);
  });

  test("that name the rarer of their two entities", () => {
    const dba = within("Group", "dba");
    const [f, g] = [equals("File", "f"), equals("File", "g")];
    // Everybody's principal is in the group: the resource tells the policies apart.
    const byResource = [policy("f", dba, f), policy("g", dba, g), policy("h", dba, is("Table"))];
    expect(visited(byResource)).toEqual(["h", "f"]);
    // Everybody's resource is the file: the principal does.
    const users = ["ann", "bob", "eve"].map((id) => policy(id, equals("User", id), f));
    expect(visited(users)).toEqual(["ann"]);
    // Of equals the resource.
    expect(visited([policy("one", equals("User", "eve"), f)])).toEqual(["one"]);
    expect(visited([policy("one", dba, g)])).toEqual([]);
  });
});
