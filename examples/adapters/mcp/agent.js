import { fileURLToPath } from "node:url";
import { guard } from "@bylaw/sdk/mcp";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import OpenAI from "openai";
import { governed, model, task } from "../settings.js";

const transport = new StdioClientTransport({
  command: process.execPath,
  args: [fileURLToPath(new URL("server.js", import.meta.url))],
});
const client = new Client({ name: "clerk", version: "1.0.0" });
await client.connect(guard(governed, transport, { upstream: "app" }));

const { tools } = await client.listTools();
const openai = new OpenAI({ baseURL: model.url, apiKey: model.key });
const messages = [{ role: "user", content: task }];
let message;
for (;;) {
  const completion = await openai.chat.completions.create({
    model: model.name,
    messages,
    tools: tools.map(({ name, inputSchema }) => ({
      type: "function",
      function: { name, parameters: inputSchema },
    })),
  });
  message = completion.choices[0].message;
  messages.push(message);
  if (!message.tool_calls?.length) break;
  for (const { id, function: called } of message.tool_calls) {
    const result = await client.callTool({
      name: called.name,
      arguments: JSON.parse(called.arguments),
    });
    messages.push({ role: "tool", tool_call_id: id, content: result.content[0].text });
  }
}
const left = [];
for (const id of ["r1", "r2", "r3"]) {
  const { content } = await client.callTool({ name: "look_up", arguments: { id } });
  if (content[0].text !== "no such record") left.push(id);
}
console.log(JSON.stringify({ left, answer: message.content }));
await client.close();
