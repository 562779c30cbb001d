export { type DemoOptions, demo } from "./demo.ts";
export type { LogCheck, Report, Step } from "./report.ts";
