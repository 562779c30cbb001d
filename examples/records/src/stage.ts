import { cpSync, mkdtempSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Answer, Tools } from "./agent.ts";
import { countRows, openRecords, seed } from "./database.ts";
import { type Attempt, attempts, SEARCH } from "./incident.ts";
import type { Narrator, Step } from "./report.ts";

/** This package's folder: the same from `src` and from `dist`. */
const PACKAGE = fileURLToPath(new URL("..", import.meta.url));
const CONFIGURATION = ["bylaw.yaml", "catalog.yaml", "policies"];

/** Where the incident is played: a folder with the database, the server and the configuration. */
export interface Stage {
  readonly folder: string;
  /** Starts the customer service without anything in between. */
  readonly server: readonly string[];
  readonly steps: readonly Step[];
  /** Customers left in the file, whatever the server says. */
  rows(): number;
  note(text: string): void;
  /** Sends every call of the attempt and tells what came of it. */
  play(attempt: Attempt, tools: Tools, handle?: string): Promise<Step>;
  /** Tells a step that was played elsewhere. */
  tell(attempt: Attempt, answers: readonly Answer[], approvedBy: string | null): Step;
}

/** Makes the folder: the configuration as shipped, the built server and 1,200 fresh rows. */
export function openStage(narrator: Narrator): Stage {
  const folder = mkdtempSync(join(tmpdir(), "bylaw-demo-"));
  for (const name of CONFIGURATION) {
    cpSync(join(PACKAGE, name), join(folder, name), { recursive: true });
  }
  symlinkSync(join(PACKAGE, "dist"), join(folder, "dist"), "junction");
  const database = join(folder, "records.db");
  const db = openRecords(database);
  seed(db, Date.now());
  db.close();

  const steps: Step[] = [];
  const stage: Stage = {
    folder,
    server: [process.execPath, join(folder, "dist", "serve.js"), database],
    steps,
    rows: () => countRows(database),
    note: (text) => narrator.note(text),
    play: async (attempt, tools, handle) => {
      const answers: Answer[] = [];
      for (const args of attempt.calls) answers.push(await tools.call(attempt.tool, args, handle));
      return stage.tell(attempt, answers, null);
    },
    tell: (attempt, answers, approvedBy) => {
      const refused = answers.filter((answer) => answer.refusal !== null);
      const shown = refused[0] ?? answers[0];
      const step: Step = {
        title: attempt.title,
        tool: attempt.tool,
        says: JSON.stringify(attempt.calls[0]),
        calls: answers.length,
        ran: answers.length - refused.length,
        refusal: shown?.refusal ?? null,
        told: inShort(shown?.text ?? ""),
        approvedBy,
        rowsAfter: stage.rows(),
      };
      steps.push(step);
      narrator.step(step);
      return step;
    },
  };
  return stage;
}

/** The agent of the incident: it searches, then tries one way after another until the rows are gone. */
export async function playIncident(stage: Stage, tools: Tools): Promise<readonly number[]> {
  const [search = {}] = SEARCH.calls;
  const found = await tools.call(SEARCH.tool, search);
  stage.tell(SEARCH, [found], null);
  const ids = idsOf(found);
  for (const attempt of attempts(ids)) {
    await stage.play(attempt, tools);
    if (stage.rows() === 0) break; // it has what it wanted
  }
  return ids;
}

function idsOf(found: Answer): readonly number[] {
  return found.refusal === null ? rowsOf(found.text).map((row) => row.id) : [];
}

/** An answer with rows as their number; anything else as its first line. */
function inShort(text: string): string {
  const line = text.split("\n")[0] ?? "";
  return line.startsWith('{"rows":') ? `${rowsOf(line).length} rows` : line;
}

function rowsOf(text: string): readonly { readonly id: number }[] {
  return (JSON.parse(text) as { rows: { id: number }[] }).rows;
}
