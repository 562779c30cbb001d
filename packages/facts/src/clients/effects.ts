import {
  type Action,
  type ActionRequest,
  type Effect,
  exactly,
  isArray,
  type JsonObject,
  member,
  type ResourceEntity,
} from "@bylaw/core";
import type { Output } from "../analyze.ts";
import { effect, unknownEffect } from "../effect.ts";
import { objectEntity, plainEntity, serverPlace } from "../entities.ts";
import { fileEffects } from "../files/effects.ts";
import type { PathContext } from "../files/place.ts";
import { urlEffects } from "../hosts/url.ts";
import { CALL_PATHS_MAX, ENTITY_ID_UNITS_MAX } from "../limits.ts";
import { readShell } from "../shell/shell.ts";
import { readPatch } from "./patch.ts";
import { type ClientTool, clientTool, outputOf } from "./tools.ts";

interface ClientEffects {
  readonly effects: readonly Effect[];
  readonly paths: readonly string[];
}

interface Call {
  readonly request: ActionRequest;
  readonly tool: ResourceEntity;
  readonly context: PathContext;
}

/**
 * Effects of a tool that the calling client brings itself: its shell, its editor, its browser. Null
 * for one that is not known. Arguments that are missing or of another type are unknown effects.
 */
export function clientEffects(
  request: ActionRequest,
  tool: ResourceEntity,
  context: PathContext,
): (ClientEffects & { readonly output: Output }) | null {
  const known = clientTool(request.upstream, request.target ?? "");
  if (known === null) return null;
  return { ...effectsOf(known, { request, tool, context }), output: outputOf(known) };
}

function effectsOf(known: ClientTool, call: Call): ClientEffects {
  const { request, tool, context } = call;
  const args = request.arguments;
  const server = serverPlace(context.world, request.upstream);
  const name = request.target ?? "";
  switch (known.does) {
    case "shell":
      return shellEffects(known, call);
    case "files":
      return pathEffects(known, call);
    case "patch":
      return patchEffects(textOf(args, known.text), call);
    case "fetch": {
      const url = textOf(args, known.url);
      return only(
        (url === null ? null : urlEffects(url, "GET", "parsed", context.world)) ?? unknown(call),
      );
    }
    case "search": {
      const resource = plainEntity("Channel", "web-search", request.upstream, server);
      return only([effect({ action: "send", resource, source: "parsed", quantity: exactly(1) })]);
    }
    case "spawn":
      return only([spawning(call)]);
    case "skill": {
      const skill = textOf(args, known.name);
      if (skill === null) return only(unknown(call));
      const id = skill.slice(0, ENTITY_ID_UNITS_MAX);
      const resource = plainEntity("Skill", id, request.upstream, server);
      return only([effect({ action: "read", resource, source: "parsed", quantity: exactly(1) })]);
    }
    case "remember": {
      // The note becomes part of a file that every later session reads as orders.
      const place = { ...server, classes: ["instructions"] };
      const resource = objectEntity(request.upstream, `${tool.id}`, "memory", place);
      return only([effect({ action: "remember", resource, source: "parsed" })]);
    }
    case "own":
      return only([ownState(`${tool.id}`, "agent-state", call)]);
    case "task":
      return only(taskEffects(known, call));
    case "instruct": {
      const path = textOf(args, [known.path]);
      if (path === null) return only(unknown(call));
      // Whoever changed the file, from now on it changes what the agent does.
      const found = files([path], ["update"], false, call);
      const hidden = isArray(member(args, "hidden"));
      const findings = hidden ? (["injection.suspected"] as const) : [];
      const effects = found.effects.map((each) => ({ ...each, findings: [...findings] }));
      return { effects, paths: found.paths };
    }
    case "configure": {
      const path = textOf(args, known.path);
      const resource = objectEntity(request.upstream, `${tool.id}`, name, {
        ...server,
        classes: ["agent-config"],
      });
      const changes = effect({ action: "update", resource, source: "parsed" });
      const file = path === null ? NOTHING : files([path], ["update"], false, call);
      return { effects: [changes, ...file.effects], paths: file.paths };
    }
  }
}

/** Nothing outside of the session changes. */
function ownState(id: string, kind: string, { request, context }: Call): Effect {
  const server = serverPlace(context.world, request.upstream);
  const place = { ...server, environment: "development" as const };
  const resource = objectEntity(request.upstream, id, kind, place);
  const quantity = exactly(1);
  const traits = { quantity, reversible: true, audience: "self" } as const;
  return effect({ action: "update", resource, source: "parsed", ...traits });
}

/** Who claims a task says what it will do next: policies and delegations can say which tasks. */
function taskEffects(
  { id, owner, status }: Extract<ClientTool, { does: "task" }>,
  call: Call,
): readonly Effect[] {
  const { arguments: args, upstream } = call.request;
  const task = textOf(args, [id]);
  if (task === null) return unknown(call);
  const claims = member(args, owner) !== undefined || member(args, status) === "in_progress";
  const kind = claims ? "agent-task" : "agent-state";
  return [ownState(`${upstream}/tasks/${task}`.slice(0, ENTITY_ID_UNITS_MAX), kind, call)];
}

const NOTHING: ClientEffects = { effects: [], paths: [] };

function only(effects: readonly Effect[]): ClientEffects {
  return { effects, paths: [] };
}

function unknown({ tool }: Call, findings: readonly string[] = []): readonly Effect[] {
  return [unknownEffect(tool, findings)];
}

function shellEffects(known: Extract<ClientTool, { does: "shell" }>, call: Call): ClientEffects {
  const { request, tool, context } = call;
  const text = textOf(request.arguments, known.text);
  const folder = presentOf(request.arguments, known.folder);
  const cwd = folderOf(folder, context);
  if (text === null || cwd === undefined) return only(unknown(call, ["shell.unparsed"]));
  const site = { context: { ...context, cwd }, server: request.upstream, tool };
  const { effects, paths } = readShell(text, "bash", site);
  return { effects, paths };
}

/** The folder that a call names; undefined where it cannot be told. */
function folderOf(folder: unknown, { cwd, ops }: PathContext): string | null | undefined {
  if (folder === undefined || folder === null || folder === "") return cwd;
  if (typeof folder !== "string") return undefined;
  if (folder.startsWith("/")) return ops.realPath(folder) ?? undefined;
  return cwd === null ? undefined : (ops.realPath(`${cwd}/${folder}`) ?? undefined);
}

function pathEffects(
  { paths, actions, recursive, here }: Extract<ClientTool, { does: "files" }>,
  call: Call,
): ClientEffects {
  const args = call.request.arguments;
  const given = paths.map((name) => member(args, name)).filter((value) => value !== undefined);
  const named = given.flatMap((value) => (isArray(value) ? value : [value]));
  if (named.length === 0)
    return here ? files(["."], actions, recursive, call) : only(unknown(call));
  if (named.length > CALL_PATHS_MAX) return only(unknown(call));
  const texts = named.filter((value) => typeof value === "string");
  const found = files(texts, actions, recursive, call);
  if (texts.length === named.length) return found;
  return { effects: [...unknown(call), ...found.effects], paths: found.paths };
}

function files(
  paths: readonly string[],
  actions: readonly Action[],
  recursive: boolean,
  { context }: Call,
): ClientEffects {
  const found = paths.map((path) =>
    fileEffects({ path, actions, recursive, reversible: false, source: "parsed" }, context),
  );
  return {
    effects: found.flatMap(({ effects }) => effects),
    paths: found.flatMap((each) => each.paths),
  };
}

function patchEffects(text: string | null, call: Call): ClientEffects {
  const patched = text === null ? null : readPatch(text);
  if (patched === null || patched.length > CALL_PATHS_MAX) return only(unknown(call));
  const found = patched.map(({ path, actions }) => files([path], actions, false, call));
  return {
    effects: found.flatMap(({ effects }) => effects),
    paths: found.flatMap(({ paths }) => paths),
  };
}

/** A sub-agent is in its parent: what the parent may not do, it may not do either. */
function spawning({ request, context }: Call): Effect {
  const agents = request.caller.chain.filter(({ type }) => type === "Agent");
  const parent = agents.at(-1)?.id ?? request.caller.credential;
  const place = serverPlace(context.world, request.upstream);
  const entity = plainEntity("Agent", `${parent}/sub`, request.upstream, place);
  const parents = [{ type: "Agent", id: parent }, ...entity.parents];
  const resource = { ...entity, parents };
  return effect({ action: "spawn", resource, source: "parsed", quantity: exactly(1) });
}

/** The first of some arguments that is there. */
function presentOf(args: JsonObject, names: readonly string[]): unknown {
  return names.map((name) => member(args, name)).find((value) => value !== undefined);
}

/** A text, or the words of a command as one text; null for anything else. */
function textOf(args: JsonObject, names: readonly string[]): string | null {
  const value = presentOf(args, names);
  if (typeof value === "string") return value;
  if (!Array.isArray(value) || value.length === 0) return null;
  const words = value as readonly unknown[];
  return words.every((word) => typeof word === "string") ? words.map(quoted).join(" ") : null;
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
