import {
  type Effect,
  exactly,
  type ResourceEntity,
  type Source,
  UNKNOWN_AMOUNT,
} from "@bylaw/core";
import { effect } from "../effect.ts";
import { hostEntity } from "../entities.ts";
import { URL_UNITS_MAX } from "../limits.ts";
import { isOwnAddress } from "../own.ts";
import type { World } from "../world.ts";
import { isMetadata, isPrivate } from "./address.ts";

const DEFAULT_PORTS: Readonly<Record<string, number>> = {
  "http:": 80,
  "https:": 443,
  "ws:": 80,
  "wss:": 443,
  "ftp:": 21,
};

/** The address as one reading: null where two parsers could reach different hosts (threat T24). */
export function readUrl(raw: string): URL | null {
  if (raw.length > URL_UNITS_MAX) return null;
  // Parsers differ on these: backslashes, blanks and controls inside, user names before the host.
  if (!/^[a-z][a-z0-9+.-]*:\/\/[^\s\\@/?#]+(?:[/?#][^\s\\]*)?$/i.test(raw) || /\p{Cc}/u.test(raw))
    return null;
  const url = URL.canParse(raw) ? new URL(raw) : null;
  if (url === null || !Object.hasOwn(DEFAULT_PORTS, url.protocol)) return null;
  return url.hostname === "" ? null : url;
}

/** The host of an address that has one reading. The gateway's own addresses are `Class::"bylaw"`. */
export function hostOf(url: URL, world: World): ResourceEntity {
  const name = url.hostname.replace(/\.$/, "");
  const port = url.port === "" ? (DEFAULT_PORTS[url.protocol] ?? 0) : Number(url.port);
  const own = isOwnAddress(name, port, world);
  const classes = [...(own ? ["bylaw"] : []), ...(isMetadata(name) ? ["metadata-service"] : [])];
  return hostEntity(
    { name, port, isPrivate: isPrivate(name) },
    { environment: "unknown", labels: [], classes },
  );
}

/**
 * Effects of a request to an address. Reading methods still connect, and a query string leaves with
 * them; any other method sends, and may change or delete what the address names.
 *
 * In: the address as the argument spells it, and the method, null when it is not known. The gateway's own
 * addresses are `Class::"bylaw"`.
 * Out: null when the address has no single reading; the caller treats that as unknown effects.
 */
export function urlEffects(
  raw: string,
  method: string | null,
  source: Source,
  world: World,
): readonly Effect[] | null {
  const url = readUrl(raw);
  if (url === null) return null;
  const resource = hostOf(url, world);
  const own = resource.parents.some(({ type, id }) => type === "Class" && id === "bylaw");
  const one = exactly(1);
  const connect = effect({ action: "connect", resource, source, quantity: one });
  const read = effect({ action: "read", resource, source, quantity: one });
  const sends = (bytes = UNKNOWN_AMOUNT): Effect =>
    effect({ action: "send", resource, source, quantity: one, bytes });
  const change = (action: "update" | "delete"): Effect => effect({ action, resource, source });
  const reads = /^(GET|HEAD|OPTIONS)$/i.test(method ?? "");
  // Whatever the gateway is told besides its own clients' calls tells it how to behave.
  if (own && !reads) return [connect, sends(), effect({ action: "configure", resource, source })];
  switch (method?.toUpperCase()) {
    case "GET":
    case "HEAD":
    case "OPTIONS":
      return url.search === ""
        ? [connect, read]
        : [connect, read, sends(exactly(url.search.length))];
    case "POST":
      return [connect, sends()];
    case "PUT":
    case "PATCH":
      return [connect, sends(), change("update")];
    case "DELETE":
      return [connect, change("delete")];
    default:
      return [connect, sends(), change("update"), change("delete")];
  }
}
