/** What a command needs that reads a log without its gateway; see `client.ts` for why it stands apart. */
export { databaseAddress } from "./host/database.ts";
export { COSIGNED_FILE } from "./log/checkpoints.ts";
export { LogUnreachable, remoteLog } from "./log/remote.ts";
