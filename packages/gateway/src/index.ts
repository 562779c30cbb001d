export { blocked, isGatewayCode } from "./grading.ts";
export * from "./hook/index.ts";
export * from "./mcp/index.ts";
export * from "./ops.ts";
export * from "./pipeline.ts";
export { holdRecord } from "./records.ts";
export * from "./sdk/sdk-gateway.ts";
