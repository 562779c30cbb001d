export {
  type ExpectedFailure,
  type ExpectedFailures,
  holds,
  type Judged,
  readExpectedFailures,
  type Standing,
  standingOf,
} from "./expected.ts";
export type { Verdict } from "./judge.ts";
export { type Attacked, attackScenario, type Weaker } from "./mutate/attack.ts";
export { type Kept, keepCounterexample } from "./mutate/keep.ts";
export { ScenarioFailure, type ScenarioOps } from "./ops.ts";
export { parseScenario, type ScenarioCode, type ScenarioError } from "./read.ts";
export {
  type CheckResult,
  decidingPolicies,
  laterPolicies,
  namedPolicies,
  type Run,
  type RunOptions,
  runScenario,
  type StepResult,
  writeConfiguration,
} from "./run.ts";
export {
  type FileSatisfaction,
  type Satisfaction,
  satisfactionByFile,
  satisfactionOf,
} from "./satisfaction.ts";
export { type Scenario, type Step, waysOf } from "./scenario.ts";
export { GATEWAYS, type GatewayName } from "./stage.ts";
