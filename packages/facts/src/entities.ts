import type { EntityRef, Environment, Label, ResourceEntity, ResourceType } from "@bylaw/core";
import { closeLabels } from "./labels.ts";
import type { World } from "./world.ts";
import { placeOf } from "./world.ts";

/** Where a resource stands, besides what contains it. */
export interface Place {
  readonly environment: Environment;
  readonly labels: readonly Label[];
  readonly classes: readonly string[];
}

const ref = (type: string, id: string): EntityRef => ({ type, id });

const environmentOf = (place: Place): EntityRef => ref("Environment", place.environment);
const labelsOf = (place: Place): readonly EntityRef[] =>
  closeLabels(place.labels).map((label) => ref("Label", label));
const classesOf = (place: Place): readonly EntityRef[] =>
  place.classes.map((name) => ref("Class", name));

function placed(place: Place): readonly EntityRef[] {
  return [environmentOf(place), ...labelsOf(place), ...classesOf(place)];
}

/** The place that configuration gives a server, and with it everything that is only known to be on it. */
export function serverPlace(world: World, server: string): Place {
  const { environment, labels } = placeOf(world, server);
  return { environment, labels, classes: [] };
}

export function serverEntity(world: World, server: string): ResourceEntity {
  return {
    type: "Server",
    id: server,
    parents: placed(serverPlace(world, server)),
    attrs: { reviewed: placeOf(world, server).reviewed },
  };
}

/** `Tool::"<server>/<tool>"`. Reviewed: a person reviewed exactly this definition. */
export function toolEntity(
  world: World,
  server: string,
  tool: string,
  reviewed: boolean,
): ResourceEntity {
  return {
    type: "Tool",
    id: `${server}/${tool}`,
    parents: [ref("Server", server), ...placed(serverPlace(world, server))],
    attrs: { reviewed },
  };
}

export function objectEntity(
  server: string,
  id: string,
  kind: string,
  place: Place,
): ResourceEntity {
  return {
    type: "Object",
    id,
    parents: [ref("Server", server), ...placed(place)],
    attrs: { kind },
  };
}

export function databaseEntity(server: string, database: string, place: Place): ResourceEntity {
  return {
    type: "Database",
    id: database,
    parents: [ref("Server", server), ...placed(place)],
    attrs: {},
  };
}

/** `Table::"<database>/<name>"`. */
export function tableEntity(
  server: string,
  database: string,
  name: string,
  place: Place,
): ResourceEntity {
  return {
    type: "Table",
    id: `${database}/${name}`,
    parents: [ref("Database", database), ref("Server", server), ...placed(place)],
    attrs: { name },
  };
}

/** A file by its resolved absolute path, in every folder above it. */
export function fileEntity(path: string, inWorkspace: boolean, place: Place): ResourceEntity {
  return {
    type: "File",
    id: path,
    parents: [
      ...foldersAbove(path).map((folder) => ref("File", folder)),
      ...(inWorkspace ? [ref("Workspace", "current")] : []),
      ...placed(place),
    ],
    attrs: { path, name: path.slice(path.lastIndexOf("/") + 1) },
  };
}

function foldersAbove(path: string): readonly string[] {
  const folders: string[] = [];
  for (let at = path.lastIndexOf("/"); at > 0; at = path.lastIndexOf("/", at - 1))
    folders.push(path.slice(0, at));
  return path.startsWith("/") && path !== "/" ? [...folders, "/"] : folders;
}

/** A host by canonical name and port, in every domain above it. */
export function hostEntity(
  host: { readonly name: string; readonly port: number; readonly isPrivate: boolean },
  place: Place,
): ResourceEntity {
  return {
    type: "Host",
    id: `${host.name}:${host.port}`,
    parents: [...domainsAbove(host.name).map((name) => ref("Domain", name)), ...placed(place)],
    attrs: { name: host.name, port: host.port, private: host.isPrivate, clears: [] },
  };
}

/** The name itself and every parent domain; an IP address is its own only domain. */
function domainsAbove(name: string): readonly string[] {
  if (name.startsWith("[") || /^[\d.]+$/.test(name)) return [name];
  const labels = name.split(".");
  return labels.map((_, from) => labels.slice(from).join("."));
}

/**
 * Any other resource that a catalog entry or a protocol method names, with the attributes that the
 * schema asks of its type at their most cautious value.
 */
export function plainEntity(
  type: ResourceType,
  id: string,
  server: string,
  place: Place,
): ResourceEntity {
  const whole = placed(place);
  const unlabelled = [environmentOf(place), ...classesOf(place)];
  switch (type) {
    case "Tool":
      return { type, id, parents: [ref("Server", server), ...whole], attrs: { reviewed: false } };
    case "Server":
      return { type, id, parents: whole, attrs: { reviewed: false } };
    case "File":
      return fileEntity(id, false, place);
    case "Host":
      return hostEntity({ name: id, port: 0, isPrivate: true }, place);
    case "Database":
      return databaseEntity(server, id, place);
    case "Table":
      return { type, id, parents: [ref("Server", server), ...whole], attrs: { name: id } };
    case "Object":
      return objectEntity(server, id, "unknown", place);
    case "Package":
      return {
        type,
        id,
        parents: classesOf(place),
        attrs: { ecosystem: "unknown", name: id, ageHours: 0, pinned: false, inspected: false },
      };
    case "Skill":
      return {
        type,
        id,
        parents: classesOf(place),
        attrs: { name: id, ageHours: 0, inspected: false },
      };
    case "Model":
      return { type, id, parents: unlabelled, attrs: { clears: [] } };
    case "Secret":
      return { type, id, parents: whole, attrs: {} };
    case "Channel":
      return { type, id, parents: unlabelled, attrs: { external: true, clears: [] } };
    case "Agent":
      return { type, id, parents: whole, attrs: { clears: [] } };
    case "User":
    case "Group":
    case "Policy":
      return { type, id, parents: [], attrs: {} };
  }
}
