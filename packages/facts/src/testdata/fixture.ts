import type { ActionRequest, Effect, JsonObject, ToolDefinition } from "@bylaw/core";
import type { World } from "../world.ts";

export const DIGEST: string = `sha256:${"a".repeat(64)}`;

export function definition(name: string, more: Partial<ToolDefinition> = {}): ToolDefinition {
  return {
    digest: DIGEST,
    name,
    description: "",
    inputSchema: {},
    annotations: {},
    ...more,
  };
}

export function request(more: Partial<ActionRequest> = {}): ActionRequest {
  return {
    id: "action-1",
    gateway: "mcp",
    caller: {
      credential: "credential-1",
      session: "session-1",
      assurance: "local",
      chain: [
        { type: "User", id: "maria", groups: ["staff"] },
        { type: "Agent", id: "helper", groups: [] },
      ],
    },
    upstream: "files",
    operation: "tools/call",
    target: null,
    arguments: {},
    definition: null,
    bytes: { digest: DIGEST, length: 100 },
    handle: null,
    ...more,
  };
}

export function call(
  upstream: string,
  tool: string,
  args: JsonObject,
  more: Partial<ToolDefinition> = {},
): ActionRequest {
  return request({
    upstream,
    target: tool,
    arguments: args,
    definition: definition(tool, more),
  });
}

export const WORLD: World = {
  workspaces: ["/ws"],
  home: "/home/u",
  protectedPaths: ["/home/u/.local/state/bylaw", "/ws/.bylaw"],
  own: {
    folders: ["/home/u/.local/state/bylaw"],
    addresses: [
      { name: "127.0.0.1", port: 7117 },
      { name: "bylaw.example.com", port: 443 },
    ],
    process: 4242,
  },
  servers: {
    files: { environment: "development", labels: [], reviewed: false, cwd: "/ws" },
    crm: { environment: "production", labels: ["internal"], reviewed: true, cwd: "/srv/crm" },
    remote: { environment: "staging", labels: [], reviewed: true, cwd: null },
  },
};

/** An effect in one line: `delete Table::crm/customers 3 parsed production`. */
export function line(effect: Effect): string {
  const { action, resource, quantity, source, findings } = effect;
  const of = (type: string): string[] =>
    resource.parents.filter((parent) => parent.type === type).map(({ id }) => id);
  return [
    action,
    `${resource.type}::${resource.id}`,
    quantity.known ? String(quantity.atMost) : "?",
    source,
    ...of("Workspace"),
    ...of("Environment"),
    ...of("Class"),
    ...findings,
  ].join(" ");
}
