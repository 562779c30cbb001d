import type { LedgerRecord } from "@bylaw/core";
import { type LogArchive, verify } from "@bylaw/ledger";
import type { ScenarioOps } from "@bylaw/scenario";
import type { Status } from "@bylaw/server";
import { environmentWithoutBylaw, wallClock } from "@bylaw/server/client";
import { adminClient } from "../admin-client.ts";
import { readEntries } from "../audit/entries.ts";
import { hookCommand, makeHook, writeConnection } from "../connect/connection.ts";
import { keyOf, withArchive } from "../log.ts";

/** What playing scenarios needs of Bylaw: the command itself, its administration and its logs. */
export function scenarioOps(): ScenarioOps {
  const [node = process.execPath, script = "bylaw"] = process.argv;
  return {
    bylaw: [node, script],
    now: wallClock,
    environment: environmentWithoutBylaw(),
    hook: async (data, agent, token) => {
      const { hooks } = await adminClient(data).get<Status>("/status");
      const bylaw = `${node} ${script}`;
      const connection = {
        ...hooks,
        name: agent,
        client: "claude-code",
        token,
        data,
        bylaw,
      } as const;
      writeConnection(agent, connection, makeHook());
      const [program = node, ...args] = hookCommand(data, agent).words;
      return [program, ...args];
    },
    post: (data, path, body) => adminClient(data).post(path, body),
    log: async (data) =>
      await withArchive(data, async (archive) => {
        const { vkey, origin } = keyOf(data);
        const options = { origin, vkeys: [vkey], checkpoints: [], receipts: [], records: true };
        const report = await verify(archive, options);
        const { size } = await archive.head();
        const whole = report.ok && report.value.signed === size;
        const problem = whole ? null : JSON.stringify(report.ok ? report.value : report.error);
        return { records: await recordsOf(archive, size), problem };
      }),
  };
}

async function recordsOf(archive: LogArchive, size: number): Promise<readonly LedgerRecord[]> {
  const records: LedgerRecord[] = [];
  for await (const entries of readEntries(archive, 0, size))
    records.push(...entries.map(({ record }) => record));
  return records;
}
