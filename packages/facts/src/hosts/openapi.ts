import { fail, isArray, isObject, type Json, type JsonObject, ok, type Result } from "@bylaw/core";
import { parse } from "yaml";
import { CATALOG_UNITS_MAX, OPENAPI_PATHS_MAX } from "../limits.ts";

/** What an OpenAPI document (3.x, or Swagger 2.0) says about addresses. */
export interface ApiDocument {
  readonly bases: readonly Base[];
  readonly paths: readonly PathTemplate[];
}

/** Where the paths start. `host` is null where the document leaves it to whoever serves it. */
interface Base {
  readonly host: string | null;
  /** Without a slash at its end. */
  readonly path: string;
}

interface PathTemplate {
  /** As written: `/records/{id}`. */
  readonly text: string;
  /** One expression for each segment. */
  readonly segments: readonly RegExp[];
  /** Segments without a parameter: what is concrete goes before what is not. */
  readonly literal: number;
  /** Upper case. */
  readonly methods: ReadonlySet<string>;
}

const METHODS = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

/** Whether a text is such a document, by the key that each has. */
export function isApiDocument(text: string): boolean {
  return /^\s*(?:\{\s*"(?:openapi|swagger)"\s*:|["']?(?:openapi|swagger)["']?\s*:)/m.test(
    text.slice(0, 4_096),
  );
}

/**
 * Reads a document. What it does not say is no problem, since an address that it does not describe is
 * unknown; what cannot be read is. Fails with a text that says what is wrong.
 */
export function readApiDocument(text: string): Result<ApiDocument, string> {
  if (text.length > CATALOG_UNITS_MAX) return fail("the document is too large");
  const document = parsed(text);
  if (!isObject(document)) return fail("the document is no YAML or JSON object");
  const { paths } = document;
  if (!isObject(paths)) return fail("the document has no `paths`");
  const named = Object.entries(paths).filter(([path]) => path.startsWith("/"));
  if (named.length > OPENAPI_PATHS_MAX) return fail(`more than ${OPENAPI_PATHS_MAX} paths`);
  const templates = named.flatMap(([path, item]) => templateOf(path, item));
  if (templates.length === 0) return fail("the document describes no operation");
  return ok({ bases: basesOf(document), paths: templates });
}

function parsed(text: string): Json {
  try {
    // One alias can stand for a million nodes.
    return (
      text.trimStart().startsWith("{")
        ? JSON.parse(text)
        : parse(text, { maxAliasCount: 0, logLevel: "error" })
    ) as Json;
  } catch {
    return null;
  }
}

function templateOf(path: string, item: Json): readonly PathTemplate[] {
  if (!isObject(item)) return [];
  const methods = METHODS.filter((method) => Object.hasOwn(item, method));
  if (methods.length === 0) return [];
  const parts = segmentsOf(path);
  return [
    {
      text: path,
      segments: parts.map(segmentPattern),
      literal: parts.filter((part) => !part.includes("{")).length,
      methods: new Set(methods.map((method) => method.toUpperCase())),
    },
  ];
}

function segmentPattern(part: string): RegExp {
  const pieces = part
    .split(/\{[^{}]*\}/)
    .map((piece) => piece.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${pieces.join("[^/]+")}$`);
}

function basesOf(document: JsonObject): readonly Base[] {
  const { servers, host, basePath } = document;
  if (typeof host === "string" || typeof basePath === "string")
    return [
      {
        host: typeof host === "string" ? host.toLowerCase().replace(/:\d+$/, "") : null,
        path: typeof basePath === "string" ? trimmed(basePath) : "",
      },
    ];
  const urls = (servers !== undefined && isArray(servers) ? servers : []).flatMap((server) =>
    isObject(server) && typeof server["url"] === "string" ? [server["url"]] : [],
  );
  return urls.length === 0 ? [{ host: null, path: "" }] : urls.map(baseOf);
}

/** An address with variables in it says nothing about the host. */
function baseOf(address: string): Base {
  const url = URL.canParse(address, "http://host.invalid")
    ? new URL(address, "http://host.invalid")
    : null;
  if (url === null || address.includes("{")) return { host: null, path: "" };
  const own = /^[a-z][a-z0-9+.-]*:\/\//i.test(address);
  return { host: own ? url.hostname.replace(/\.$/, "") : null, path: trimmed(url.pathname) };
}

function trimmed(path: string): string {
  return path.replace(/\/+$/, "");
}

function segmentsOf(path: string): readonly string[] {
  return trimmed(path).split("/").slice(1);
}

/**
 * The templates that an address and method may mean: base path and template, the most concrete ones.
 * Null: the document does not describe it, or two servers could read the path differently.
 */
export function operationsAt(
  { bases, paths }: ApiDocument,
  url: URL,
  method: string,
): readonly string[] | null {
  // What a server decodes, cuts or is told to take for another method is not what stands here.
  if (/%2f|%5c|%00|%25|%2e|;|\/\//i.test(url.pathname) || /[?&]_method=/i.test(url.search))
    return null;
  const host = url.hostname.replace(/\.$/, "");
  const found: { readonly id: string; readonly literal: number }[] = [];
  for (const base of bases) {
    if (base.host !== null && base.host !== host) continue;
    if (base.path !== "" && url.pathname !== base.path && !url.pathname.startsWith(`${base.path}/`))
      continue;
    const parts = segmentsOf(url.pathname.slice(base.path.length));
    for (const { text, segments, literal, methods } of paths) {
      if (!methods.has(method) || segments.length !== parts.length) continue;
      if (segments.every((segment, at) => segment.test(parts[at] ?? "")))
        found.push({ id: `${base.path}${text}`, literal });
    }
  }
  const most = Math.max(-1, ...found.map(({ literal }) => literal));
  const best = found.filter(({ literal }) => literal === most).map(({ id }) => id);
  return best.length === 0 ? null : [...new Set(best)];
}
