import { MAX_VALUE_CHARS } from "./limits.ts";

/** A network destination in the form that it is compared in. */
export interface Destination {
  readonly kind: "network.domain" | "network.ip" | "network.url";
  readonly value: string;
}

/**
 * A domain, an IP address or the start of an address; null for anything else.
 *
 * Domains: lower case, punycode, without trailing dot, port, user or a leading `*.`. Addresses:
 * `scheme://host:port/path?query` without user and fragment, and without a default port; one that
 * was written without a scheme starts with `//` and stands for every scheme.
 */
export function destination(text: string): Destination | null {
  if (text.length > MAX_VALUE_CHARS || /[\s\\<>"'`]/.test(text)) return null;
  if (/^\d+\.\d+\.\d+\.\d+\/\d{1,2}$/.test(text)) return null; // a network is not an address
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text);
  if (scheme !== null) return address(text, scheme[1] ?? "");
  return text.includes("/") ? address(`http://${text}`, null) : host(text);
}

const SCHEMES: ReadonlySet<string> = new Set(["http", "https", "ws", "wss", "ftp"]);

function address(text: string, scheme: string | null): Destination | null {
  if (scheme !== null && !SCHEMES.has(scheme.toLowerCase())) return null;
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || shapeOf(url.hostname) === null) return null;
  const start = scheme === null ? "//" : `${url.protocol}//`;
  const port = url.port === "" ? "" : `:${url.port}`;
  const name = url.hostname.replace(/\.$/, "");
  return { kind: "network.url", value: `${start}${name}${port}${url.pathname}${url.search}` };
}

function host(text: string): Destination | null {
  const bare = text.replace(/^\*\./, "");
  const named = /^[0-9a-f:]*:[0-9a-f:]*:[0-9a-f:.]*$/i.test(bare) ? `[${bare}]` : bare;
  if (/[?#*%]/.test(named) || !URL.canParse(`http://${named}`)) return null;
  const { hostname, pathname } = new URL(`http://${named}`);
  if (pathname !== "/") return null;
  const shape = shapeOf(hostname);
  if (shape === null) return null;
  // `8.8` and `0x7f.1` are addresses to the URL standard, and typing errors in a list of threats.
  if (shape === "ip" && !hostname.startsWith("[") && !named.includes(hostname)) return null;
  const value = hostname.replace(/\.$/, "");
  return { kind: shape === "ip" ? "network.ip" : "network.domain", value };
}

/** What a canonical host name is; null for one that no public or local name has. */
function shapeOf(hostname: string): "ip" | "domain" | null {
  if (hostname.startsWith("[") || /^\d+\.\d+\.\d+\.\d+$/.test(hostname)) return "ip";
  const name = hostname.replace(/\.$/, "");
  if (name === "localhost") return "domain";
  const labels = name.split(".");
  const fits = labels.every((label) => /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/.test(label));
  const last = labels.at(-1) ?? "";
  return fits && labels.length > 1 && /^(?:[a-z]{2,}|xn--[a-z0-9-]+)$/.test(last) ? "domain" : null;
}

/** Whether a text reads as a path that can be compared: a pattern or an empty text cannot. */
export function isPath(text: string): boolean {
  return text.length <= MAX_VALUE_CHARS && text.trim() !== "" && !/[*?\n]/.test(text);
}
