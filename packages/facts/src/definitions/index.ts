export { type NamedTool, type Neighbours, nameFindings, neighboursOf, skeleton } from "./names.ts";
export * from "./rules.ts";
export { textFindings } from "./texts.ts";
