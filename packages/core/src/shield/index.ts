export { decisionBlock } from "./block.ts";
export * from "./entry.ts";
export { eligible } from "./judge.ts";
export { isPrompt, isToolCall, skillScope } from "./scopes.ts";
export {
  compileShield,
  conditionsOf,
  policyId,
  type Shield,
  type ShieldSettings,
} from "./shield.ts";
