/**
 * Loaded before everything else into a gateway that plays a scenario (`node --import`): its clock is off by
 * what the file of SCENARIO_CLOCK says, in milliseconds, so that hours pass in a moment.
 */
import { readFileSync } from "node:fs";

const real = Date.now;
const file = process.env["SCENARIO_CLOCK"] ?? "";

Date.now = (): number => real() + Number(readFileSync(file, "utf8"));
