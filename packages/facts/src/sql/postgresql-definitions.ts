import { type Action, type Amount, exactly, type Json, type JsonObject } from "@bylaw/core";
import { joinName, list, nameOf, object, stringNode, text, without } from "./postgresql-tree.ts";
import { Unclear } from "./reading.ts";

/** Names of CTEs, which hide tables of the same name. */
export type Scope = ReadonlySet<string>;

/** What a definition needs of the walk through the whole tree. */
interface DefinitionWalker {
  add(action: Action, table: string | null, quantity?: Amount): void;
  walk(value: Json | undefined, scope: Scope, depth: number): void;
}

type Definition = (walker: DefinitionWalker, body: JsonObject, scope: Scope, depth: number) => void;

/** Statements that define tables, views, indexes and schemas. */
export const DEFINITIONS: Readonly<Record<string, Definition>> = {
  DropStmt: drop,
  CreateStmt: createTable,
  CreateTableAsStmt: createTableAs,
  ViewStmt: createView,
  IndexStmt: createIndex,
  CreateSchemaStmt: createSchema,
  AlterTableStmt: alterTable,
  RenameStmt: rename,
};

const TABLE_KINDS = new Set(["OBJECT_TABLE", "OBJECT_VIEW", "OBJECT_MATVIEW"]);

function drop(walker: DefinitionWalker, body: JsonObject): void {
  const kind = text(body["removeType"]);
  if (body["behavior"] === "DROP_CASCADE" || kind === "OBJECT_SCHEMA") walker.add("delete", null);
  if (TABLE_KINDS.has(kind)) {
    for (const item of list(body["objects"]))
      walker.add("delete", joinName(list(object(object(item)["List"])["items"]).map(stringNode)));
    walker.add("update", null);
  } else if (kind === "OBJECT_INDEX") {
    walker.add("update", null);
  } else if (kind !== "OBJECT_SCHEMA") {
    throw new Unclear(); // row-security policies, triggers, functions, extensions
  }
}

function createTable(
  walker: DefinitionWalker,
  body: JsonObject,
  scope: Scope,
  depth: number,
): void {
  walker.add("create", nameOf(object(body["relation"])), exactly(1));
  walker.add("update", null);
  walker.walk(without(body, "relation"), scope, depth);
}

function createTableAs(
  walker: DefinitionWalker,
  body: JsonObject,
  scope: Scope,
  depth: number,
): void {
  walker.add("create", nameOf(object(object(body["into"])["rel"])));
  walker.add("update", null);
  walker.walk(without(body, "into"), scope, depth);
}

function createView(walker: DefinitionWalker, body: JsonObject, scope: Scope, depth: number): void {
  const view = nameOf(object(body["view"]));
  walker.add("create", view, exactly(1));
  if (body["replace"] === true) walker.add("update", view, exactly(1));
  walker.add("update", null);
  walker.walk(without(body, "view"), scope, depth);
}

function createIndex(
  walker: DefinitionWalker,
  body: JsonObject,
  scope: Scope,
  depth: number,
): void {
  walker.add("update", null);
  walker.walk(without(body, "relation"), scope, depth);
}

function createSchema(
  walker: DefinitionWalker,
  body: JsonObject,
  scope: Scope,
  depth: number,
): void {
  if (body["authrole"] !== undefined) throw new Unclear();
  walker.add("update", null);
  walker.walk(body, scope, depth);
}

const ALTERATIONS = new Set([
  "AT_AddColumn",
  "AT_ColumnDefault",
  "AT_DropNotNull",
  "AT_SetNotNull",
  "AT_AddConstraint",
  "AT_DropConstraint",
  "AT_DropColumn",
  "AT_AlterColumnType",
]);

function alterTable(walker: DefinitionWalker, body: JsonObject, scope: Scope, depth: number): void {
  const table = nameOf(object(body["relation"]));
  walker.add("update", table);
  walker.add("update", null);
  for (const item of list(body["cmds"])) {
    const command = object(object(item)["AlterTableCmd"]);
    const kind = text(command["subtype"]);
    // Owners, triggers, rules and row security change who may do what.
    if (!ALTERATIONS.has(kind)) throw new Unclear();
    if (kind === "AT_DropColumn") walker.add("delete", table);
    if (command["behavior"] === "DROP_CASCADE") walker.add("delete", null);
  }
  walker.walk(without(body, "relation"), scope, depth);
}

function rename(walker: DefinitionWalker, body: JsonObject): void {
  const kinds = new Set(["OBJECT_TABLE", "OBJECT_COLUMN", "OBJECT_VIEW"]);
  if (!kinds.has(text(body["renameType"]))) throw new Unclear();
  walker.add("update", nameOf(object(body["relation"])));
  walker.add("update", null);
}
