import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { openSite, type Site, upstream } from "./site.ts";

const HOSTILE_TOOLS = [
  "echo",
  "hang",
  "die",
  "half",
  "garbage",
  "twice",
  "stranger",
  "flood",
] as const;

/** One call as it reached the recorder. */
export interface Recorded {
  readonly tool: string;
  readonly key: string;
}

/** Milliseconds-sized hold, so that a test sees both ends of it. */
export interface RecorderOptions {
  readonly holdLimit: string;
}

/**
 * A site with an upstream that writes every call down and one that misbehaves. Testers may use both;
 * `erase` needs Olga's word; nobody may call `forbidden`.
 */
export function recorderSite({ holdLimit }: RecorderOptions = { holdLimit: "10s" }): Site {
  return openSite(recorderConfiguration(holdLimit), recorderFiles());
}

/** What its configuration names. */
export function recorderFiles(): Readonly<Record<string, string>> {
  return { "policies/recorder.cedar": POLICIES, "catalog.yaml": CATALOG };
}

export function recorderConfiguration(holdLimit: string): Record<string, unknown> {
  return {
    version: 1,
    people: { sam: { groups: [] }, olga: { groups: ["owners"] } },
    upstreams: {
      recorder: {
        command: [process.execPath, upstream("recorder"), "calls.jsonl"],
        environment: "production",
      },
      hostile: {
        command: [process.execPath, upstream("hostile")],
        environment: "production",
      },
    },
    packs: ["base"],
    policies: ["./policies"],
    catalog: ["./catalog.yaml"],
    holds: { limit: holdLimit, ttl: "15m" },
  };
}

/** Every call that reached the recorder of a site, in order. */
export function recorded(site: Site): readonly Recorded[] {
  const path = join(site.folder, "calls.jsonl");
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, "utf8").split("\n").slice(0, -1);
  return lines.map((line) => JSON.parse(line) as Recorded);
}

const POLICIES = `
@id("testers-connect")
permit (principal in Group::"testers", action in [Action::"connect", Action::"list"], resource is Server);

@id("testers-use")
permit (
  principal in Group::"testers",
  action in [Action::"read", Action::"update", Action::"delete"],
  resource is Object
);

@id("erase-asks") @decision("require_approval") @approvers("Group::\\"owners\\"") @ttl("15m")
@code("erase.asks") @reason("what is erased is gone")
forbid (principal, action == Action::"delete", resource is Object);
`;

/** What each tool does to the object named by its key. `forbidden` creates, which nobody may. */
const ACTIONS: Readonly<Record<string, string>> = {
  "recorder/peek": "read",
  "recorder/write": "update",
  "recorder/gated": "update",
  "recorder/erase": "delete",
  "recorder/forbidden": "create",
  ...Object.fromEntries(HOSTILE_TOOLS.map((tool) => [`hostile/${tool}`, "read"])),
};

const CATALOG = JSON.stringify({
  version: 1,
  tools: Object.fromEntries(
    Object.entries(ACTIONS).map(([tool, action]) => [tool, { effects: [onObject(action)] }]),
  ),
});

function onObject(action: string): object {
  return {
    action,
    resource: { type: "Object", id: { argument: "key" }, kind: "record" },
    quantity: 1,
  };
}
