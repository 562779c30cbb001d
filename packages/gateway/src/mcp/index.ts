export * from "./bridge-client.ts";
export type { McpIds, McpLogEvent } from "./context.ts";
export { APPROVAL_KEY } from "./decode.ts";
export * from "./gateway.ts";
export { type Authenticate, upstreamOfPath } from "./http-guard.ts";
export * from "./limits.ts";
export type { UpstreamConfig } from "./link.ts";
export { DECISION_KEY } from "./refusal.ts";
export type { Identify } from "./stream.ts";
