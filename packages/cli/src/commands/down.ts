import { setTimeout as delay } from "node:timers/promises";
import { runningGateway } from "@bylaw/server/client";
import { Command } from "commander";
import { adminClient } from "../admin-client.ts";
import { CommandError, EXIT } from "../exit.ts";
import { type DataOption, dataFolder, dataOption } from "../place.ts";

/** Milliseconds that a gateway gets to finish what is in flight, and between two looks. */
const DRAIN_MAX_MS = 60_000;
const LOOK_EVERY_MS = 50;

export function downCommand(): Command {
  return new Command("down")
    .description("stop the gateway: finish what is in flight, keep what is held")
    .addOption(dataOption())
    .action(async (options: DataOption) => {
      const folder = dataFolder(options);
      await adminClient(folder).post("/stop", {});
      for (let waited = 0; waited < DRAIN_MAX_MS; waited += LOOK_EVERY_MS) {
        if (runningGateway(folder) === null) return console.log("bylaw is down");
        await delay(LOOK_EVERY_MS);
      }
      throw new CommandError(EXIT.no, "gateway.draining", "the gateway is still draining");
    });
}
