import { createServer, type Server } from "node:http";
import { HTTP_SERVER_OPTIONS } from "@bylaw/gateway";
import { parseVerifierKey, parseWitnessVkey } from "@bylaw/ledger";
import { type Checkpoints, watchCheckpoints } from "../log/checkpoints.ts";
import { exchange } from "../log/exchange.ts";
import { isLogPath, logListener } from "../log/log-files.ts";
import type { StartError } from "./host.ts";
import { hostNames, listenOr } from "./listening.ts";
import type { Host } from "./pipeline-ops.ts";

/** Keeps the checkpoints of the open log. */
export function checkpointsOf(
  { folder, store, config, now }: Host & { readonly folder: string },
  say: (line: string) => void,
): Promise<Checkpoints> {
  const verifier = parseVerifierKey(store.log.vkey);
  if (!verifier.ok) throw new Error(verifier.error.message);
  return watchCheckpoints({
    folder,
    log: store.log.archive(),
    origin: store.log.origin,
    verifier: verifier.value,
    witnesses: config.witnesses.map((witness) => {
      const key = parseWitnessVkey(witness.vkey);
      if (!key.ok) throw new Error(key.error.message); // the schema has read it before
      return { ...witness, verifier: key.value };
    }),
    exchange,
    now,
    say,
  });
}

/** The log for anybody who can reach the address, where the configuration names one. */
export async function publishLog(
  { config, store }: Host,
  checkpoints: Checkpoints,
): Promise<Server | StartError | null> {
  const where = config.log.publish;
  if (where === null) return null;
  const files = logListener(store.log.archive(), checkpoints.published, hostNames(where.host));
  const server = createServer(HTTP_SERVER_OPTIONS, (request, response) => {
    if (isLogPath(request.url ?? "")) files(request, response);
    else response.writeHead(404).end();
  });
  const failed = await listenOr(server, where.port, where.host, "change `log.publish`");
  return failed ?? server;
}
