export { explain } from "./explain.ts";
export type * from "./explanation.ts";
export { explanationLines } from "./text.ts";
export * from "./written.ts";
