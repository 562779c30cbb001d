// A stdio upstream whose calls cost something: it says of each in its result what the call told it to.
import { send, serve } from "./stdio-server.mjs";

const tool = { name: "complete", description: "", inputSchema: { type: "object" } };

serve(
  () => ({ capabilities: { tools: {} }, serverInfo: { name: "paid", version: "1" } }),
  {
    "tools/list": () => ({ tools: [tool] }),
    "tools/call": ({ arguments: { die, error, meta } }, id) => {
      if (die === true) process.exit(1);
      if (error !== true) return { content: [{ type: "text", text: "done" }], _meta: meta };
      send({ id, error: { code: 1, message: "no", data: meta } });
      return null;
    },
  },
);
