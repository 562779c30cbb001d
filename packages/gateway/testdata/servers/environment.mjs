// Tells its environment in the answer to `initialize`, and ignores every request to end but SIGKILL.
import { createInterface } from "node:readline";

process.on("SIGTERM", () => undefined);
setInterval(() => undefined, 1000);
createInterface({ input: process.stdin }).on("line", (line) => {
  const { id, method, params } = JSON.parse(line);
  if (method !== "initialize") return;
  const instructions = JSON.stringify({ names: Object.keys(process.env), pid: process.pid });
  const { protocolVersion } = params;
  const result = {
    protocolVersion,
    capabilities: {},
    serverInfo: { name: "e", version: "0" },
    instructions,
  };
  process.stdout.write(`${JSON.stringify({ jsonrpc: "2.0", id, result })}\n`);
});
