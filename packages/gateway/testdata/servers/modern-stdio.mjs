// A server of revision 2026-07-28 over its pipes, without any library: it answers what it is asked, late
// where it is told to, and writes every line that it gets to its standard error.
import { createInterface } from "node:readline";

const send = (message) => process.stdout.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
const tool = (name) => ({ name, description: name, inputSchema: { type: "object" } });
const waiting = [];

const results = {
  "server/discover": () => ({ supportedVersions: ["2026-07-28"], capabilities: { tools: {} } }),
  "tools/list": () => ({ tools: ["echo", "steps", "wait", "lines", "danger"].map(tool) }),
};
const tools = {
  echo: ({ arguments: args }) => args.text,
  steps({ _meta }) {
    const { progressToken } = _meta;
    send({ method: "notifications/progress", params: { progressToken, progress: 1 } });
    return `stepped ${typeof progressToken}`;
  },
  // Answered when another call asks for it, or never.
  wait: ({ id }) => void waiting.push(id),
  lines: () => JSON.stringify(seen),
};
const seen = [];

createInterface({ input: process.stdin }).on("line", (line) => {
  const { id, method, params = {} } = JSON.parse(line);
  seen.push({ id, method, params });
  if (method === "subscriptions/listen") {
    const _meta = { "io.modelcontextprotocol/subscriptionId": id };
    const acknowledged = { _meta, notifications: params.notifications };
    send({ method: "notifications/subscriptions/acknowledged", params: acknowledged });
    send({ method: "notifications/tools/list_changed", params: { _meta } });
    return;
  }
  if (id === undefined) return;
  const own = results[method]?.();
  if (own !== undefined) return send({ id, result: { resultType: "complete", ...own } });
  if (method !== "tools/call") return send({ id, error: { code: -32601, message: "no such method" } });
  const text = tools[params.name]({ ...params, id });
  if (text === undefined) return;
  send({ id, result: { resultType: "complete", content: [{ type: "text", text: String(text) }] } });
});
