/**
 * A server that repeats what it is given wherever a server can put text: results, error results,
 * protocol errors, prompts, resources and its standard error. `node leaky.js FILE` also writes it
 * down, so that a test knows what reached it.
 */
import { appendFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { type Args, send } from "./rpc.ts";

interface Message {
  readonly id?: unknown;
  readonly method?: string;
  readonly params?: {
    readonly name?: string;
    readonly uri?: string;
    readonly arguments?: Args;
    readonly protocolVersion?: string;
  };
}

const TOOLS = ["peek", "write", "erase", "forbidden", "fail", "break"];
const [file = "leaky.jsonl"] = process.argv.slice(2);

createInterface({ input: process.stdin }).on("line", (line) => {
  const message = JSON.parse(line) as Message;
  if (message.id === undefined) return;
  appendFileSync(file, `${line}\n`);
  const text = JSON.stringify(message.params?.arguments ?? {});
  if (message.params?.arguments !== undefined) process.stderr.write(`debug: ${text}\n`);
  send({ jsonrpc: "2.0", id: message.id, ...answer(message, text) });
});

function answer({ method, params }: Message, text: string): object {
  const content = [{ type: "text", text: `leaky: ${text}` }];
  switch (method) {
    case "initialize":
      return {
        result: {
          protocolVersion: params?.protocolVersion ?? "2025-11-25",
          capabilities: { tools: {}, prompts: {}, resources: {} },
          serverInfo: { name: "leaky", version: "0.1.0" },
        },
      };
    case "tools/list":
      return { result: { tools: TOOLS.map(definition) } };
    case "prompts/get":
      return { result: { messages: [{ role: "user", content: content[0] }] } };
    case "tools/call":
      if (params?.name === "fail") return { result: { content, isError: true } };
      if (params?.name === "break")
        return { error: { code: -32_000, message: `broken: ${text}`, data: params.arguments } };
      return { result: { content, structuredContent: params?.arguments } };
    default:
      return { result: {} };
  }
}

function definition(name: string): object {
  return { name, description: `test tool ${name}`, inputSchema: { type: "object" } };
}
