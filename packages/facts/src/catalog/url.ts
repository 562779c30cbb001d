import type { Effect, Json, JsonObject, ResourceEntity } from "@bylaw/core";
import { unknownEffect } from "../effect.ts";
import { serverPlace } from "../entities.ts";
import { fileEffects } from "../files/effects.ts";
import type { PathContext } from "../files/place.ts";
import { requestEffects } from "../hosts/request.ts";
import { CALL_PATHS_MAX } from "../limits.ts";
import type { UrlArgument } from "./catalog.ts";
import { isAbsent, textsOf, valuesAt } from "./expression.ts";

interface Found {
  readonly effects: readonly Effect[];
  readonly paths: readonly string[];
}

/** Effects of the requests that a call makes. */
export function urlOf(
  url: UrlArgument | null,
  args: JsonObject,
  server: string,
  tool: ResourceEntity,
  context: PathContext,
): Found {
  if (url === null) return { effects: [], paths: [] };
  const addresses = "address" in url ? [url.address] : (valuesAt(args, url.argument) ?? []);
  const methods = textsOf(url.method, args);
  const method = methods?.length === 1 ? (methods[0] ?? null) : null;
  const files = uploads(url, args, tool, context);
  if (addresses.length === 0 || addresses.length > CALL_PATHS_MAX)
    return { effects: [unknownEffect(tool), ...files.effects], paths: files.paths };
  const place = serverPlace(context.world, server);
  const site = {
    server,
    tool,
    environment: url.environment ?? place.environment,
    labels: [...place.labels, ...url.labels],
    world: context.world,
  };
  const body = bodyOf(url, args, files.paths.length > 0);
  const effects = addresses.flatMap((address) =>
    typeof address === "string"
      ? requestEffects(
          { address, method, body, graphql: url.graphql, api: url.api },
          site,
          "catalog",
        )
      : [unknownEffect(tool)],
  );
  return { effects: [...effects, ...files.effects], paths: files.paths };
}

/** What goes out besides the address; an upload is content, too. */
function bodyOf(url: UrlArgument, args: JsonObject, uploads: boolean): Json | undefined {
  const name = url.body;
  const own = name === null || isAbsent(args, name) ? undefined : argumentAt(args, name);
  return own === undefined && uploads ? "file" : own;
}

/** The value itself: a list is one body, not several. */
function argumentAt(args: JsonObject, path: string): Json | undefined {
  let value: Json | undefined = args;
  for (const key of path.split(".")) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as JsonObject)[key];
  }
  return value;
}

/** Files that are sent are read first. */
function uploads(
  { upload }: UrlArgument,
  args: JsonObject,
  tool: ResourceEntity,
  context: PathContext,
): Found {
  if (upload === null || isAbsent(args, upload)) return { effects: [], paths: [] };
  const paths = valuesAt(args, upload);
  if (paths === null || paths.length > CALL_PATHS_MAX)
    return { effects: [unknownEffect(tool)], paths: [] };
  const found = paths.map((path) =>
    typeof path === "string"
      ? fileEffects(
          { path, actions: ["read"], recursive: false, reversible: false, source: "catalog" },
          context,
        )
      : { effects: [unknownEffect(tool)], paths: [] },
  );
  return {
    effects: found.flatMap(({ effects }) => effects),
    paths: found.flatMap((each) => each.paths),
  };
}
