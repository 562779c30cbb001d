import { Command } from "commander";
import { adminClient } from "../admin-client.ts";
import { type DataOption, dataFolder, dataOption, jsonOption } from "../place.ts";
import { visible } from "../visible.ts";

interface Options extends DataOption {
  readonly json?: boolean;
}

interface DelegationRow {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly by: string;
  /** Milliseconds since the epoch. */
  readonly expires: number;
  readonly revoked: boolean;
}

/** `bylaw agent delegations`: who may act in whose name. */
export function delegationsCommand(): Command {
  return new Command("delegations")
    .description("what agents let sub-agents do in their name, as far as it has not expired")
    .addOption(dataOption())
    .addOption(jsonOption())
    .action(async (options: Options) => {
      const rows = await adminClient(dataFolder(options)).get<readonly DelegationRow[]>(
        "/delegations",
      );
      if (options.json) return console.log(JSON.stringify(rows));
      if (rows.length === 0) return console.log("nothing is delegated");
      for (const { id, from, to, by, expires, revoked } of rows) {
        const state = revoked ? "revoked" : `until ${new Date(expires).toISOString()}`;
        console.log(visible(`${id}  ${from} -> ${to}  ${state}  by ${by}`));
      }
    });
}

/** `bylaw agent revoke`: one delegation, and everything below it. */
export function revokeCommand(): Command {
  return new Command("revoke")
    .description("take a delegation back; it and everything below stop at the next action")
    .argument("<id>", "delegation, as `bylaw agent delegations` lists it")
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText("after", "\nExample:\n  $ bylaw agent revoke del_8sQm")
    .action(async (id: string, options: Options) => {
      const path = `/delegations/${encodeURIComponent(id)}/revoke`;
      await adminClient(dataFolder(options)).post(path, {});
      if (options.json) return console.log(JSON.stringify({ id, revoked: true }));
      console.log(`${id}: revoked`);
    });
}
