import { type ActionRequest, type Effect, type JsonObject, type ResourceEntity } from "@bylaw/core";
import { effect, unknownEffect } from "../effect.ts";
import { objectEntity, type Place, plainEntity, serverPlace, tableEntity } from "../entities.ts";
import { fileEffects } from "../files/effects.ts";
import type { PathContext } from "../files/place.ts";
import { closeLabels } from "../labels.ts";
import { CALL_PATHS_MAX } from "../limits.ts";
import { readShell } from "../shell/shell.ts";
import { sqlEffects } from "../sql/sql.ts";
import type { CatalogEffect, CatalogEntry, PathArgument, ResourceSpec } from "./catalog.ts";
import { amountOf, environmentOf, isAbsent, textsOf, valuesAt } from "./expression.ts";
import { urlOf } from "./url.ts";

export interface CatalogEffects {
  readonly effects: readonly Effect[];
  readonly paths: readonly string[];
}

/**
 * Effects of a call that the catalog describes. An argument that an expression needs and does not
 * find adds the unknown effect; it never makes an effect disappear.
 */
export function catalogEffects(
  entry: CatalogEntry,
  request: ActionRequest,
  tool: ResourceEntity,
  context: PathContext,
): CatalogEffects {
  const args = request.arguments;
  const [only, ...others] = entry.effects;
  const declared =
    only !== undefined && others.length === 0
      ? declaredEffects(only, request, tool, context)
      : entry.effects.flatMap((spec) => declaredEffects(spec, request, tool, context));
  if (entry.paths.length === 0 && entry.sql === null && entry.url === null && entry.shell === null)
    return { effects: declared, paths: [] };
  const files = entry.paths.map((path) => pathEffects(path, args, tool, context));
  const sql = sqlOf(entry, request, tool);
  const url = urlOf(entry.url, args, request.upstream, tool, context);
  const shell = shellOf(entry, request, tool, context);
  return {
    effects: [
      ...declared,
      ...files.flatMap(({ effects }) => effects),
      ...sql,
      ...url.effects,
      ...shell.effects,
    ],
    paths: [...files.flatMap(({ paths }) => paths), ...url.paths, ...shell.paths],
  };
}

function declaredEffects(
  spec: CatalogEffect,
  request: ActionRequest,
  tool: ResourceEntity,
  { world }: PathContext,
): readonly Effect[] {
  const args = request.arguments;
  const ids = textsOf(spec.resource.id, args);
  if (ids === null) return [unknownEffect(tool)];
  const server = serverPlace(world, request.upstream);
  const place: Place = {
    environment:
      spec.environment === null ? server.environment : environmentOf(spec.environment, args),
    labels: [...server.labels, ...spec.labels],
    classes: spec.classes,
  };
  return ids.map((id) =>
    effect({
      action: spec.action,
      resource: resourceOf(spec.resource, id, request.upstream, place),
      source: "catalog",
      quantity: amountOf(spec.quantity, args),
      bytes: amountOf(spec.bytes, args),
      ...(spec.cost === null ? {} : { cost: amountOf(spec.cost, args) }),
      ...(spec.tokens === null ? {} : { tokens: amountOf(spec.tokens, args) }),
      reversible: spec.reversible,
      audience: spec.audience,
      labels: spec.labels,
    }),
  );
}

function resourceOf(spec: ResourceSpec, id: string, server: string, place: Place): ResourceEntity {
  switch (spec.type) {
    case "Table":
      return tableEntity(server, spec.database ?? server, id, place);
    case "Object":
      return objectEntity(server, id, spec.kind ?? "unknown", place);
    default: {
      const entity = plainEntity(spec.type, id, server, place);
      const attrs: Record<string, JsonObject[string]> = { ...entity.attrs };
      if ("external" in attrs) attrs["external"] = spec.external;
      if ("clears" in attrs)
        // Data carries everything that its label implies, so whoever is cleared for it is for that, too.
        attrs["clears"] = closeLabels(spec.clears).map((label) => ({
          __entity: { type: "Label", id: label },
        }));
      return { ...entity, attrs };
    }
  }
}

function pathEffects(
  spec: PathArgument,
  args: JsonObject,
  tool: ResourceEntity,
  context: PathContext,
): CatalogEffects {
  if (spec.optional && isAbsent(args, spec.argument)) return { effects: [], paths: [] };
  const values = valuesAt(args, spec.argument);
  if (values === null || values.length === 0 || values.length > CALL_PATHS_MAX)
    return { effects: [unknownEffect(tool)], paths: [] };
  const { actions, recursive } = spec;
  const found = values.map((path) =>
    typeof path === "string"
      ? fileEffects({ path, actions, recursive, reversible: false, source: "catalog" }, context)
      : { effects: [unknownEffect(tool)], paths: [] },
  );
  return {
    effects: found.flatMap(({ effects }) => effects),
    paths: found.flatMap(({ paths }) => paths),
  };
}

function sqlOf(
  { sql }: CatalogEntry,
  request: ActionRequest,
  tool: ResourceEntity,
): readonly Effect[] {
  if (sql === null) return [];
  const values = valuesAt(request.arguments, sql.argument);
  const texts = values?.map((value) => (typeof value === "string" ? value : "")) ?? [""];
  // A text that is missing reads as the empty text, which nobody understands.
  const some = texts.length === 0 || texts.length > CALL_PATHS_MAX ? [""] : texts;
  return some.flatMap((text) => sqlEffects(text, sql, request.upstream, tool));
}

function shellOf(
  { shell }: CatalogEntry,
  request: ActionRequest,
  tool: ResourceEntity,
  context: PathContext,
): CatalogEffects {
  if (shell === null) return { effects: [], paths: [] };
  const texts = valuesAt(request.arguments, shell.argument);
  const [text] = texts ?? [];
  const folder = shell.folder === null ? null : folderOf(request.arguments, shell.folder, context);
  if (texts?.length !== 1 || typeof text !== "string" || folder === undefined)
    return { effects: [unknownEffect(tool, ["shell.unparsed"])], paths: [] };
  const place = { ...context, cwd: folder ?? context.cwd };
  const found = readShell(text, shell.dialect, { context: place, server: request.upstream, tool });
  return { effects: found.effects, paths: found.paths };
}

/** The folder that an argument names; null where it names none, undefined where it cannot be told. */
function folderOf(
  args: JsonObject,
  argument: string,
  { cwd, ops }: PathContext,
): string | null | undefined {
  if (isAbsent(args, argument)) return null;
  const [folder, ...others] = valuesAt(args, argument) ?? [];
  if (typeof folder !== "string" || others.length > 0 || cwd === null) return undefined;
  return ops.realPath(folder.startsWith("/") ? folder : `${cwd}/${folder}`) ?? undefined;
}
