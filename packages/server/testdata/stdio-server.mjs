// What stdio upstreams of tests share: JSON-RPC by lines, and the opening of MCP.
import { createInterface } from "node:readline";

export const send = (value) =>
  process.stdout.write(`${JSON.stringify({ jsonrpc: "2.0", ...value })}\n`);

/** In: what this upstream says of itself; its results by method. Null says that it has answered itself. */
export function serve(about, results) {
  createInterface({ input: process.stdin }).on("line", (line) => {
    const { id, method, params } = JSON.parse(line);
    if (method === "initialize")
      send({ id, result: { protocolVersion: params.protocolVersion, ...about() } });
    else if (id !== undefined) {
      const result = results[method]?.(params, id);
      if (result !== null) send({ id, result: result ?? {} });
    }
  });
}
