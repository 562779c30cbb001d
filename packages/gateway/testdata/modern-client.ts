import type { Harness } from "./harness.ts";
import { modernMeta } from "./modern-upstream.ts";
import { message, type RawOptions, type RawReply, raw } from "./raw-client.ts";

export interface ModernOptions extends RawOptions {
  readonly id?: number | string;
  readonly capabilities?: object;
  readonly meta?: object;
}

/** A well-formed request without a session; `headers` replace those that repeat the body. */
export function modern(
  harness: Harness,
  upstream: string,
  method: string,
  params: Record<string, unknown> = {},
  options: ModernOptions = {},
): Promise<RawReply> {
  const { id = 1, capabilities = {}, meta = {}, headers = {}, ...rest } = options;
  const _meta = { ...modernMeta(capabilities), ...meta };
  const name = params["name"] ?? params["uri"];
  const mirror = {
    "mcp-protocol-version": "2026-07-28",
    "mcp-method": method,
    ...(typeof name === "string" ? { "mcp-name": name } : {}),
  };
  return raw(harness, upstream, message(id, method, { ...params, _meta }), {
    ...rest,
    headers: { ...mirror, ...headers },
  });
}

export function modernCall(
  harness: Harness,
  upstream: string,
  tool: string,
  args: object = {},
  options: ModernOptions & { readonly params?: object } = {},
): Promise<RawReply> {
  const { params = {}, ...rest } = options;
  return modern(harness, upstream, "tools/call", { name: tool, arguments: args, ...params }, rest);
}
