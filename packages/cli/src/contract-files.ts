import { rmSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Config, PolicyStatus } from "@bylaw/server";
import { runningGateway } from "@bylaw/server/client";
import { adminClient } from "./admin-client.ts";
import { readWhole, writeWhole } from "./connect/backup.ts";
import { CommandError, EXIT } from "./exit.ts";
import { readConfig } from "./read-config.ts";
import { visible } from "./visible.ts";

/** Replaces only what `bylaw contract compile` has written before. */
export function writeContract(path: string, text: string): void {
  const [own = ""] = text.split("\n");
  const there = readWhole(path);
  if (there !== null && !there.bytes.toString("utf8").startsWith(`${own}\n`)) {
    const message = `\`${visible(path)}\` was not written by this command: it is left as it is`;
    throw new CommandError(EXIT.usage, "contract.foreign", message);
  }
  writeWhole(path, text, there?.mode ?? 0o644);
}

/** Where policies lie that a contract took effect by, and what the gateway says to them. */
export interface Applied {
  readonly path: string;
  readonly status: PolicyStatus;
}

/**
 * Puts a compiled contract in force at the running gateway: into the folder that it takes policies from.
 * What the gateway does not take is not left behind.
 */
export async function applyContract(name: string, text: string, data: string): Promise<Applied> {
  const gateway = runningGateway(data);
  if (gateway === null) {
    const message = `no gateway runs in \`${data}\`; start one with: bylaw up`;
    throw new CommandError(EXIT.unreachable, "gateway.not_running", message);
  }
  const path = join(
    policyFolder(readConfig(gateway.config ?? undefined)),
    `contract-${name}.cedar`,
  );
  const before = readWhole(path);
  writeContract(path, text);
  try {
    const status = await adminClient(data).post<PolicyStatus>("/policy/reload", {});
    if (status.refused.length > 0) putBack(path, before);
    return { path, status };
  } catch (error) {
    putBack(path, before);
    throw error;
  }
}

function putBack(path: string, before: ReturnType<typeof readWhole>): void {
  if (before === null) rmSync(path, { force: true });
  else writeWhole(path, before.bytes, before.mode);
}

function policyFolder({ policies, bundle }: Config): string {
  const folder = policies.find(
    (path) => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true,
  );
  if (bundle === null && folder !== undefined) return folder;
  const message =
    bundle === null
      ? "`policies` of bylaw.yaml names no folder that is there; add one, such as ./policies"
      : "the gateway takes its policies from a signed bundle; write the contract with --out and build it anew";
  throw new CommandError(EXIT.usage, "contract.no_folder", message);
}
