/**
 * Loaded before everything else into a gateway that plays a scenario (`node --import`): time stands still at
 * what the file of SCENARIO_CLOCK says, in milliseconds since the epoch, until a step lets it pass. So hours
 * pass in a moment, and a busy machine changes no verdict.
 */
import { readFileSync } from "node:fs";

const file = process.env["SCENARIO_CLOCK"] ?? "";

Date.now = (): number => Number(readFileSync(file, "utf8"));
