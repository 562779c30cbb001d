export * from "./ops.ts";
export * from "./pipeline.ts";
