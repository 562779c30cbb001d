// A stdio upstream without any library that misbehaves as the called tool's name says.
import { createInterface } from "node:readline";

const send = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);
const result = (id, text) =>
  send({ jsonrpc: "2.0", id, result: { content: [{ type: "text", text }] } });
let tools = [
  "fine",
  "wrong-id",
  "garbage",
  "flood",
  "huge",
  "silent",
  "die",
  "list",
  "split",
  "forged-request",
  "strange-request",
  "strange-notification",
  "double",
  "both",
  "change",
  "ask",
  "big-number",
  "orphan",
  "error",
  "received",
];
const received = [];

const behave = {
  fine: (id) => result(id, "fine"),
  "wrong-id": (id) => {
    result(`${id}0`, "for somebody else");
    result(id, "mine");
  },
  garbage: (id) => {
    process.stdout.write('Server is running!\n{"jsonrpc":\n');
    result(id, "after garbage");
  },
  flood: () => {
    for (let at = 0; at < 100; at += 1) process.stdout.write("noise\n");
  },
  huge: (id) => {
    send({
      jsonrpc: "2.0",
      result: { content: [{ type: "text", text: "x".repeat(300_000) }] },
      id,
    });
  },
  silent: () => undefined,
  die: () => process.exit(3),
  list: (id) => send([{ jsonrpc: "2.0", id, result: { content: [] } }]),
  split: (id) => {
    const bytes = Buffer.from(
      `${JSON.stringify({ jsonrpc: "2.0", id, result: { content: [{ type: "text", text: "🎈é" }] } })}\n`,
    );
    let at = 0;
    const next = () => {
      if (at >= bytes.length) return;
      process.stdout.write(bytes.subarray(at, at + 1));
      at += 1;
      setImmediate(next);
    };
    next();
  },
  "forged-request": (id) => {
    send({ jsonrpc: "2.0", id: "s1", method: "sampling/createMessage", params: { Messages: [] } });
    result(id, "asked");
  },
  "strange-request": (id) => {
    send({ jsonrpc: "2.0", id: "s2", method: "client/execute", params: {} });
    result(id, "asked");
  },
  "strange-notification": (id) => {
    send({ jsonrpc: "2.0", method: "notifications/execute", params: {} });
    result(id, "told");
  },
  double: (id) => {
    result(id, "one");
    result(id, "two");
  },
  both: (id) => {
    send({ jsonrpc: "2.0", id, result: {}, method: "sampling/createMessage" });
    result(id, "answer");
  },
  change: (id) => {
    tools = [...tools, "new"];
    send({ jsonrpc: "2.0", method: "notifications/tools/list_changed" });
    result(id, "changed");
  },
  ask: (id) => result(id, "asked and done"),
  "big-number": (id) =>
    process.stdout.write(
      `{"jsonrpc":"2.0","id":${id},"result":{"content":[],"structuredContent":{"ns":1700000000000000001}}}\n`,
    ),
  orphan: (id) => {
    send({ jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: "nobody" } });
    result(id, "told");
  },
  error: (id) => send({ jsonrpc: "2.0", id, error: { code: -32602, message: "bad parameters" } }),
  received: (id) => result(id, JSON.stringify(received)),
};

createInterface({ input: process.stdin }).on("line", (line) => {
  const message = JSON.parse(line);
  received.push(message);
  const { id, method, params } = message;
  if (method === "initialize") {
    const { protocolVersion } = params;
    send({
      jsonrpc: "2.0",
      id,
      result: {
        protocolVersion,
        capabilities: { tools: {} },
        serverInfo: { name: "evil", version: "0" },
      },
    });
  } else if (method === "tools/list")
    send({
      jsonrpc: "2.0",
      id,
      result: { tools: tools.map((name) => ({ name, inputSchema: { type: "object" } })) },
    });
  else if (method === "tools/call") behave[params.name]?.(id);
});
