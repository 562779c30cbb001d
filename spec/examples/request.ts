import type { ActionRequest } from "@bylaw/core";
import { digestOf } from "./digests.ts";

const definition = {
  name: "records.delete",
  description: "Delete records by id",
  inputSchema: { type: "object", properties: { ids: { type: "array" } } },
  annotations: { destructiveHint: true },
};

const caller: ActionRequest["caller"] = {
  credential: "token:intake",
  session: "s-01",
  assurance: "local",
  chain: [
    { type: "User", id: "maria", groups: ["admins", "dba"] },
    { type: "Agent", id: "intake", groups: ["intake"] },
  ],
};

const wire = '{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"records.delete"}}';

export const toolCall: ActionRequest = {
  id: "a-0001",
  gateway: "mcp",
  caller,
  upstream: "records",
  operation: "tools/call",
  target: "records.delete",
  arguments: { ids: [101, 102], reason: "they look stale" },
  definition: { digest: digestOf(definition), ...definition },
  bytes: { digest: digestOf(wire), length: wire.length },
  handle: null,
};

export const ownTool: ActionRequest = {
  ...toolCall,
  id: "a-0003",
  gateway: "hook",
  upstream: "claude-code",
  target: "Write",
  arguments: { file_path: "notes.md", content: "hello" },
  definition: null,
  cwd: "/srv/records",
};

export const withoutTool: ActionRequest = {
  ...toolCall,
  id: "a-0002",
  operation: "resources/read",
  target: "file:///srv/records/README.md",
  arguments: { uri: "file:///srv/records/README.md" },
  definition: null,
  handle: "h-0001",
};
