import { rmSync } from "node:fs";
import { connectTools } from "./agent.ts";
import { SEEDED_ROWS } from "./database.ts";
import { playGoverned } from "./governed.ts";
import { humanNarrator, machineNarrator } from "./narrator.ts";
import type { Report } from "./report.ts";
import { openStage, playIncident, type Stage } from "./stage.ts";

export interface DemoOptions {
  /** Program and first arguments that run `bylaw`: the demo uses the command as anybody would. */
  readonly bylaw: readonly string[];
  /** The agent talks straight to the server: what happens without Bylaw. */
  readonly ungoverned: boolean;
  /** One JSON report instead of the story. */
  readonly json: boolean;
  readonly write: (text: string) => void;
  /** Whether `write` ends in a terminal that shows colours. */
  readonly colour: boolean;
}

/** Rows that must be left: governed, one delete was approved; ungoverned, nothing says no. */
const EXPECTED = { governed: SEEDED_ROWS - 1, ungoverned: 0 } as const;

/**
 * Plays the incident of the 1,200 deleted rows in a temporary folder and cleans up after itself. True
 * when it ended as promised: 1,199 rows and a log that verifies, or without Bylaw an empty table.
 */
export async function demo(options: DemoOptions): Promise<boolean> {
  const { bylaw, ungoverned, json, write, colour } = options;
  const started = performance.now();
  const narrator = json ? machineNarrator(write) : humanNarrator(write, colour);
  const stage = openStage(narrator);
  try {
    const log = ungoverned ? await playUngoverned(stage) : await playGoverned(stage, bylaw);
    const report: Report = {
      mode: ungoverned ? "ungoverned" : "governed",
      rowsBefore: SEEDED_ROWS,
      steps: stage.steps,
      log,
      rowsLeft: stage.rows(),
      milliseconds: Math.round(performance.now() - started),
    };
    narrator.end(report);
    return report.rowsLeft === EXPECTED[report.mode] && (log === null || log.ok);
  } finally {
    rmSync(stage.folder, { recursive: true, force: true });
  }
}

/** The same agent, the same server, and nothing in between. */
async function playUngoverned(stage: Stage): Promise<null> {
  stage.note("Without Bylaw: the agent talks straight to the customer service.");
  const tools = await connectTools(stage.server, {});
  try {
    await playIncident(stage, tools);
  } finally {
    await tools.close();
  }
  return null;
}
