// A stdio upstream whose calls cost something: it says of each in its result what the call told it to.
import { createInterface } from "node:readline";

const send = (value) => process.stdout.write(`${JSON.stringify({ jsonrpc: "2.0", ...value })}\n`);
const tool = { name: "complete", description: "", inputSchema: { type: "object" } };

createInterface({ input: process.stdin }).on("line", (line) => {
  const { id, method, params } = JSON.parse(line);
  if (method === "initialize")
    send({
      id,
      result: {
        protocolVersion: params.protocolVersion,
        capabilities: { tools: {} },
        serverInfo: { name: "paid", version: "1" },
      },
    });
  else if (method === "tools/list") send({ id, result: { tools: [tool] } });
  else if (method === "tools/call") {
    const { die, error, meta } = params.arguments;
    if (die === true) process.exit(1);
    if (error === true) send({ id, error: { code: 1, message: "no", data: meta } });
    else send({ id, result: { content: [{ type: "text", text: "done" }], _meta: meta } });
  } else if (id !== undefined) send({ id, result: {} });
});
