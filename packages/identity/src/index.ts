export * from "./authenticate.ts";
export * from "./errors.ts";
export * from "./ops.ts";
export * from "./token.ts";
