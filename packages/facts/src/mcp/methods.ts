import {
  type ActionRequest,
  type Effect,
  exactly,
  isObject,
  type Json,
  type JsonObject,
  member,
  type ResourceEntity,
} from "@bylaw/core";
import { effect, unknownEffect } from "../effect.ts";
import { objectEntity, plainEntity, serverEntity, serverPlace } from "../entities.ts";
import { fileEffects } from "../files/effects.ts";
import type { PathContext } from "../files/place.ts";
import { urlEffects } from "../hosts/url.ts";
import { CALL_PATHS_MAX, ENTITY_ID_UNITS_MAX } from "../limits.ts";

export interface MethodEffects {
  readonly effects: readonly Effect[];
  readonly paths: readonly string[];
}

interface Call {
  readonly request: ActionRequest;
  readonly tool: ResourceEntity;
  readonly context: PathContext;
}

type Method = (call: Call) => MethodEffects;

/**
 * Effects of the methods of the Model Context Protocol that do not call a tool (revisions 2024-11-05
 * to 2026-07-28). A method that is not in this table has unknown effects.
 */
const METHODS: Readonly<Record<string, Method>> = {
  initialize: connecting,
  "server/discover": connecting,
  ping: connecting,
  "tools/list": listing,
  "prompts/list": listing,
  "resources/list": listing,
  "resources/templates/list": listing,
  "tasks/list": listing,
  "resources/read": reading,
  "resources/subscribe": reading,
  "resources/unsubscribe": reading,
  "subscriptions/listen": listening,
  "prompts/get": (call) => onObject(call, "read", "prompt", [nameOf(call)]),
  "completion/complete": completing,
  "logging/setLevel": (call) => onServer(call, "read"),
  "tasks/get": (call) => onObject(call, "read", "task", [argument(call, "taskId")]),
  "tasks/result": (call) => onObject(call, "read", "task", [argument(call, "taskId")]),
  "tasks/update": (call) => onObject(call, "update", "task", [argument(call, "taskId")]),
  "tasks/cancel": (call) => onObject(call, "update", "task", [argument(call, "taskId")]),
  "sampling/createMessage": (call) => sending(call, "Model", "sampling"),
  "elicitation/create": (call) => sending(call, "Channel", "elicitation"),
  "roots/list": (call) => onObject(call, "list", "workspace-roots", ["workspace-roots"]),
};

/** Effects of one protocol method, at least one. */
export function methodEffects(call: Call): MethodEffects {
  const { operation } = call.request;
  const method = Object.hasOwn(METHODS, operation) ? METHODS[operation] : undefined;
  return method?.(call) ?? unknown(call);
}

function unknown({ tool }: Call): MethodEffects {
  return { effects: [unknownEffect(tool)], paths: [] };
}

function connecting(call: Call): MethodEffects {
  return onServer(call, "connect");
}

function listing(call: Call): MethodEffects {
  return onServer(call, "list");
}

function onServer({ request, context }: Call, action: "connect" | "list" | "read"): MethodEffects {
  const resource = serverEntity(context.world, request.upstream);
  const quantity = action === "list" ? {} : { quantity: exactly(1) };
  return {
    effects: [effect({ action, resource, source: "parsed", audience: "self", ...quantity })],
    paths: [],
  };
}

function onObject(
  call: Call,
  action: "read" | "list" | "update",
  kind: string,
  names: readonly (string | null)[],
): MethodEffects {
  const { request, context } = call;
  const place = serverPlace(context.world, request.upstream);
  const effects = names.map((name) => {
    if (name === null || name.length > ENTITY_ID_UNITS_MAX) return unknownEffect(call.tool);
    const id =
      name === kind ? `${request.upstream}/${kind}` : `${request.upstream}/${kind}/${name}`;
    const resource = objectEntity(request.upstream, id, kind, place);
    return effect({
      action,
      resource,
      source: "parsed",
      audience: "self",
      ...(action === "list" ? {} : { quantity: exactly(1) }),
    });
  });
  return { effects, paths: [] };
}

/** What the server asks of the client: text, and the answer to it, leave this side. */
function sending({ request, context }: Call, type: "Model" | "Channel", id: string): MethodEffects {
  const { upstream } = request;
  const place = serverPlace(context.world, upstream);
  const resource = plainEntity(type, `${upstream}/${id}`, upstream, place);
  return { effects: [effect({ action: "send", resource, source: "parsed" })], paths: [] };
}

/** Target and argument name the same resource; where they do not, both are read. */
function reading(call: Call): MethodEffects {
  const { target } = call.request;
  const uri = text(member(call.request.arguments, "uri"));
  const uris = new Set([...(target === null ? [] : [target]), ...(uri === null ? [] : [uri])]);
  return uris.size === 0 ? unknown(call) : readAll(call, [...uris]);
}

function listening(call: Call): MethodEffects {
  const base = listing(call);
  const notifications = member(call.request.arguments, "notifications");
  const holder = isObject(notifications) ? notifications : call.request.arguments;
  const wanted = member(holder, "resourceSubscriptions");
  if (wanted === undefined) return base;
  if (!Array.isArray(wanted) || wanted.length > CALL_PATHS_MAX) return unknown(call);
  const uris = wanted.map((item: Json) => text(item) ?? text(uriOf(item)));
  if (!uris.every((uri) => uri !== null)) return unknown(call);
  const read = readAll(call, uris);
  return { effects: [...base.effects, ...read.effects], paths: read.paths };
}

function uriOf(value: Json): Json | undefined {
  return isObject(value) ? member(value, "uri") : undefined;
}

function completing(call: Call): MethodEffects {
  const reference = member(call.request.arguments, "ref");
  const named: JsonObject = isObject(reference) ? reference : call.request.arguments;
  const uri = text(member(named, "uri"));
  // Completion answers for a template: its address is no place that could be opened.
  if (uri !== null) return onObject(call, "read", "resource-template", [uri]);
  return onObject(call, "read", "prompt", [text(member(named, "name")) ?? call.request.target]);
}

function readAll(call: Call, uris: readonly string[]): MethodEffects {
  const parts = uris.map((uri) => readOne(call, uri));
  return {
    effects: parts.flatMap(({ effects }) => effects),
    paths: parts.flatMap(({ paths }) => paths),
  };
}

function readOne(call: Call, uri: string): MethodEffects {
  if (/^\s*file:/i.test(uri) || /^[./~\\]/.test(uri)) {
    const use = {
      path: uri,
      actions: ["read"] as const,
      recursive: false,
      reversible: false,
      source: "parsed" as const,
    };
    return fileEffects(use, call.context);
  }
  if (/^\s*(?:https?|wss?|ftp):/i.test(uri)) {
    const effects = urlEffects(uri, "GET", "parsed", call.context.world);
    return effects === null ? unknown(call) : { effects, paths: [] };
  }
  return onObject(call, "read", "resource", [uri]);
}

function nameOf({ request }: Call): string | null {
  return request.target ?? text(member(request.arguments, "name"));
}

function argument({ request }: Call, name: string): string | null {
  return text(member(request.arguments, name)) ?? request.target;
}

function text(value: Json | undefined): string | null {
  return typeof value === "string" ? value : null;
}
