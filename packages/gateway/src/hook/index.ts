export {
  CLIENT_IDS,
  type ClientId,
  type HookAnswer,
  type HookCall,
  type HookClient,
  type HookEvent,
  type Ruling,
} from "./client.ts";
export { clientNamed } from "./clients/index.ts";
export {
  createHookGateway,
  type HookGateway,
  type HookGatewayOptions,
  type HookMessage,
} from "./hook-gateway.ts";
export type { InstructionOps, Instructions } from "./instructions.ts";
