import { readFileSync } from "node:fs";
import type { MiddlewareHandler } from "hono";

const ASSETS = new URL("../../assets/", import.meta.url);

/**
 * Nothing from elsewhere, nothing inline, in nobody's frame: what an agent called its tool is text on
 * this page and can become nothing else.
 */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join("; ");

const HEADERS: Readonly<Record<string, string>> = {
  "content-security-policy": POLICY,
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "cache-control": "no-store",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy": "publickey-credentials-get=(self), publickey-credentials-create=(self)",
};

export interface Asset {
  readonly type: string;
  readonly body: string;
}

/** The files of the page, by the path at which they are served. Read once. */
export function readAssets(): ReadonlyMap<string, Asset> {
  const read = (name: string, type: string): Asset => ({
    type: `${type}; charset=utf-8`,
    body: readFileSync(new URL(name, ASSETS), "utf8"),
  });
  return new Map([
    ["/assets/people.js", read("people.js", "text/javascript")],
    ["/assets/people.css", read("people.css", "text/css")],
    ["page", read("people.html", "text/html")],
  ]);
}

/** Only for who asks by the origin's own name, and for a page of its own (DNS rebinding, CSRF). */
export function onlyFrom(origin: string): MiddlewareHandler {
  const { host } = new URL(origin);
  return async (context, next) => {
    if (context.req.header("host") !== host)
      return context.json({ error: "people.host" }, 421, HEADERS);
    if (context.req.method !== "GET" && context.req.header("origin") !== origin)
      return context.json({ error: "people.origin" }, 403, HEADERS);
    await next();
    for (const [name, value] of Object.entries(HEADERS)) context.res.headers.set(name, value);
    return undefined;
  };
}
