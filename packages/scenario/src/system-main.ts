/**
 * One system of a scenario as an MCP server over stdio: `node system-main.js WORLD.json NAME`. It does what
 * it is told, as such servers do; what it does to is in the folder of the file.
 */
import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import { createInterface } from "node:readline";
import type { JsonObject } from "@bylaw/core";
import { definitionOf } from "./world/definition.ts";
import { perform } from "./world/perform.ts";
import { placeIn, type WorldFile } from "./world/place.ts";
import { aliasesOf, toolsOf } from "./world/tools.ts";

interface Message {
  readonly id?: string | number;
  readonly method?: string;
  readonly params?: {
    readonly name?: string;
    readonly arguments?: JsonObject;
    readonly protocolVersion?: string;
  };
}

const [file = "", name = ""] = process.argv.slice(2);
const place = placeIn(dirname(file));
const { systems, redefined, aliases } = JSON.parse(readFileSync(file, "utf8")) as WorldFile;

createInterface({ input: process.stdin }).on("line", (line) => {
  const message = JSON.parse(line) as Message;
  if (message.id === undefined) return;
  const answer = { jsonrpc: "2.0", id: message.id, result: resultOf(message) };
  process.stdout.write(`${JSON.stringify(answer)}\n`);
});

function resultOf({ method, params }: Message): object {
  switch (method) {
    case "initialize":
      return {
        protocolVersion: params?.protocolVersion ?? "2025-06-18",
        capabilities: { tools: {} },
        serverInfo: { name, version: "1" },
      };
    case "tools/list": {
      const system = systems[name];
      const known = system === undefined ? [] : toolsOf(name, system);
      const other = system === undefined || !aliases ? [] : aliasesOf(name, system);
      const tools = [...known, ...other];
      return { tools: tools.map((tool) => definitionOf(name, tool, redefined)) };
    }
    case "tools/call": {
      const call = { system: name, tool: params?.name ?? "", args: params?.arguments ?? {} };
      const { text, failed } = perform(place, systems, call);
      return { content: [{ type: "text", text }], isError: failed };
    }
    default:
      return {};
  }
}
