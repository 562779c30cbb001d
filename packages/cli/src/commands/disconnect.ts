import { rmSync } from "node:fs";
import { resolve } from "node:path";
import { Command } from "commander";
import { confirmed } from "../confirm.ts";
import {
  type Backup,
  backupsOf,
  readWhole,
  realFile,
  removeBackup,
  writeWhole,
} from "../connect/backup.ts";
import type { Client } from "../connect/client.ts";
import { removeConnections } from "../connect/connection.ts";
import { CommandError, EXIT } from "../exit.ts";
import { type DataOption, dataFolder, dataOption, jsonOption } from "../place.ts";
import { visible } from "../visible.ts";
import { clientArgument, clientOf } from "./connect.ts";

interface Options extends DataOption {
  readonly yes?: boolean;
  readonly json?: boolean;
}

/** What a file was or becomes: `exact` is byte for byte the backup, `merged` keeps later changes. */
interface Restored {
  readonly backup: Backup;
  readonly how: "exact" | "merged" | "gone";
  /** Null: the file is removed, since it was not there before. */
  readonly content: Uint8Array | null;
}

export function disconnectCommand(): Command {
  return new Command("disconnect")
    .description("put a client's configuration back as it was before `bylaw connect`")
    .addArgument(clientArgument())
    .argument("[file]", "only this file (default: every one that was connected)")
    .option("--yes", "do not ask")
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText(
      "after",
      [
        "",
        "Examples:",
        "  $ bylaw disconnect vscode",
        "  $ bylaw disconnect copilot-cli --yes",
        "  $ bylaw disconnect mcp-json ./mcp.json --yes",
        "",
        "A file that nobody has changed since is restored byte for byte; in one that was changed, the",
        "entries that Bylaw wrote are put back. Upstreams stay in bylaw.yaml, agents keep their tokens.",
      ].join("\n"),
    )
    .action(async (id: string, file: string | undefined, options: Options) => {
      const data = dataFolder(options);
      const client = clientOf(id);
      const wanted = file === undefined ? null : realFile(resolve(file));
      const backups = backupsOf(data, id).filter((one) => wanted === null || one.file === wanted);
      if (backups.length === 0)
        throw new CommandError(EXIT.no, "connect.none", `${client.title} is not connected`);
      const restored = backups.map((backup) => restore(client, backup));
      if (!options.json)
        for (const { backup, how } of restored)
          console.log(`${visible(backup.file)}: ${words(how)}`);
      if (options.yes !== true && !(await confirmed("disconnect"))) {
        console.log("nothing was changed");
        process.exitCode = EXIT.no;
        return;
      }
      for (const one of restored) put(data, one);
      if (backupsOf(data, id).length === 0) removeConnections(data, id);
      const files = restored.map(({ backup, how }) => ({ path: backup.file, how }));
      if (options.json) console.log(JSON.stringify({ client: id, files }));
      else console.log(`\n${client.title} is no longer connected`);
    });
}

function restore(client: Client, backup: Backup): Restored {
  const before = backup.before === null ? null : Buffer.from(backup.before, "base64");
  const now = readWhole(backup.file)?.bytes.toString("utf8") ?? null;
  if (now === null && before !== null) return { backup, how: "gone", content: null };
  if (now === null || now === backup.after || now === before?.toString("utf8"))
    return { backup, how: "exact", content: before };
  const merged = client.disconnect(now, before?.toString("utf8") ?? null, backup.after);
  if (merged !== null) return { backup, how: "merged", content: Buffer.from(merged) };
  const message = `\`${backup.file}\` was changed since, and cannot be read; nothing was changed`;
  throw new CommandError(EXIT.no, "connect.changed", message);
}

function put(data: string, { backup, how, content }: Restored): void {
  const { file, mode } = backup;
  if (content !== null) writeWhole(file, content, mode ?? 0o600);
  else if (how === "exact") rmSync(file, { force: true });
  removeBackup(data, backup);
}

function words(how: Restored["how"]): string {
  if (how === "gone") return "is not there any more, and stays so";
  return how === "exact"
    ? "becomes what it was, byte for byte"
    : "was changed since; the entries that Bylaw wrote are put back, the rest stays";
}
