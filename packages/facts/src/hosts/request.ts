import {
  type Action,
  type Effect,
  type Environment,
  exactly,
  type Json,
  type Label,
  type ResourceEntity,
  type Source,
} from "@bylaw/core";
import { effect, unknownEffect } from "../effect.ts";
import { objectEntity } from "../entities.ts";
import { readName } from "../infer/name.ts";
import { GRAPHQL_FIELDS_MAX } from "../limits.ts";
import type { World } from "../world.ts";
import type { GraphqlOperation } from "./graphql.ts";
import { graphqlRequest } from "./graphql-request.ts";
import { type ApiDocument, operationsAt } from "./openapi.ts";
import { hostOf, readUrl, urlEffects } from "./url.ts";

/** One request, as far as arguments say it. */
export interface HttpRequest {
  readonly address: string;
  /** Null: not known. */
  readonly method: string | null;
  /** Undefined: there is none. */
  readonly body: Json | undefined;
  /** The body is GraphQL, whatever it looks like. */
  readonly graphql: boolean;
  /** What the address is compared with; null: nothing. */
  readonly api: ApiDocument | null;
}

/** Where requests come from, and what a person says about the other side. */
export interface HttpSite {
  readonly server: string;
  readonly tool: ResourceEntity;
  readonly environment: Environment;
  readonly labels: readonly Label[];
  readonly world: World;
}

/**
 * Effects of a request on its host, on the endpoint of an API that a document describes, and on what
 * GraphQL asks for. Never empty: an address without one reading is unknown, and so are an endpoint that the
 * document does not have and GraphQL that is not understood.
 */
export function requestEffects(
  request: HttpRequest,
  site: HttpSite,
  source: Source,
): readonly Effect[] {
  const { address, method, api } = request;
  const url = readUrl(address);
  const onHost = urlEffects(address, method, source, site.world);
  if (url === null || onHost === null) return [unknownEffect(site.tool)];
  return [
    ...onHost,
    ...carried(request, url, onHost, site, source),
    ...(api === null ? [] : onEndpoint(api, url, method, site, source)),
    ...onGraphql(request, url, site, source),
  ];
}

/** Content that goes out with a method that would only read. */
function carried(
  { body }: HttpRequest,
  url: URL,
  onHost: readonly Effect[],
  site: HttpSite,
  source: Source,
): readonly Effect[] {
  if (body === undefined || body === null || body === "") return [];
  if (onHost.some(({ action }) => action === "send")) return [];
  return [
    effect({ action: "send", resource: hostOf(url, site.world), source, quantity: exactly(1) }),
  ];
}

const BY_METHOD: Readonly<Record<string, readonly Action[]>> = {
  GET: ["read"],
  HEAD: ["read"],
  OPTIONS: ["read"],
  POST: ["create", "update"],
  PUT: ["create", "update"],
  PATCH: ["update"],
  DELETE: ["delete"],
};

function onEndpoint(
  api: ApiDocument,
  url: URL,
  method: string | null,
  site: HttpSite,
  source: Source,
): readonly Effect[] {
  const verb = method?.toUpperCase() ?? "";
  const actions = Object.hasOwn(BY_METHOD, verb) ? BY_METHOD[verb] : undefined;
  const found = actions === undefined ? null : operationsAt(api, url, verb);
  if (actions === undefined || found === null) return [unknownEffect(site.tool)];
  return found.flatMap((template) =>
    actions.map((action) => on(action, `${hostName(url)}${template}`, "endpoint", site, source)),
  );
}

function onGraphql(
  { body, graphql }: HttpRequest,
  url: URL,
  site: HttpSite,
  source: Source,
): readonly Effect[] {
  const asked = body ?? (graphql ? url.searchParams.get("query") : null);
  const operations = asked === null ? null : graphqlRequest(asked);
  const fields = operations?.reduce((sum, one) => sum + one.fields.length, 0) ?? 0;
  if (operations === null || fields > GRAPHQL_FIELDS_MAX) return graphql ? anything(url, site) : [];
  // What only looks like GraphQL can say more than the method does, never less.
  return operations.flatMap((operation) => [
    ...(operation.kind === "mutation"
      ? [effect({ action: "update", resource: hostOf(url, site.world), source })]
      : [effect({ action: "read", resource: hostOf(url, site.world), source })]),
    ...operation.fields.flatMap((field) => onField(operation, field, url, site, source)),
  ]);
}

function anything(url: URL, site: HttpSite): readonly Effect[] {
  const actions: readonly Action[] = ["send", "update", "delete"];
  return [
    unknownEffect(site.tool),
    ...actions.map((action) =>
      effect({ action, resource: hostOf(url, site.world), source: "unknown" }),
    ),
  ];
}

const ROOTS = { query: "Query", mutation: "Mutation", subscription: "Subscription" } as const;

function onField(
  { kind }: GraphqlOperation,
  field: string,
  url: URL,
  site: HttpSite,
  source: Source,
): readonly Effect[] {
  const id = `${hostName(url)}${url.pathname}#${ROOTS[kind]}.${field}`;
  const actions: readonly Action[] = kind === "mutation" ? changesOf(field) : ["read"];
  return actions.map((action) => on(action, id, "graphql-field", site, source));
}

const CHANGES: readonly Action[] = ["create", "update", "delete"];

/** A mutation changes something, whatever it is called; one whose name says nothing may delete. */
function changesOf(field: string): readonly Action[] {
  const name = readName(field);
  const said = name.kind === "acts" ? name.actions.filter((one) => CHANGES.includes(one)) : [];
  return said.length === 0 ? ["update", "delete"] : [...new Set<Action>(["update", ...said])];
}

function on(
  action: Action,
  id: string,
  kind: string,
  { server, environment, labels }: HttpSite,
  source: Source,
): Effect {
  const resource = objectEntity(server, id.slice(0, 1_024), kind, {
    environment,
    labels,
    classes: [],
  });
  return effect({ action, resource, source, audience: "unknown" });
}

function hostName(url: URL): string {
  return url.hostname.replace(/\.$/, "");
}
