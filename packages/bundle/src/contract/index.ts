export {
  type CompiledContract,
  type CompileInput,
  type ContractFile,
  compileContract,
} from "./compile.ts";
export {
  CONTRACT_MAX_BYTES,
  type Contract,
  type ContractCode,
  type ContractProblem,
  type Place,
  type Rule,
  type Unenforced,
} from "./contract.ts";
export { isBranch } from "./read.ts";
export type { ContractPolicy, ContractScope } from "./text.ts";
