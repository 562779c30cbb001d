export type { Cancellation } from "./cancel.ts";
export { blocked, isGatewayCode, reachOf } from "./grading.ts";
export * from "./hook/index.ts";
export * from "./mcp/index.ts";
export * from "./ops.ts";
export * from "./pipeline.ts";
export { holdRecord } from "./records.ts";
export { createRejects, type Reject, type Rejected, type RejectOptions } from "./rejects.ts";
export * from "./sdk/sdk-gateway.ts";
