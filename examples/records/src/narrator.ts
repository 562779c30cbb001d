import type { Narrator, Step } from "./report.ts";

/** Columns that a line of the story fills before it is cut. */
const WIDTH = 100;

type Write = (text: string) => void;

/** One JSON object at the end, nothing before it. */
export function machineNarrator(write: Write): Narrator {
  return {
    note: () => undefined,
    step: () => undefined,
    end: (report) => write(`${JSON.stringify(report, null, 2)}\n`),
  };
}

/** The story for a person at a terminal; `colour` only where the terminal shows it. */
export function humanNarrator(write: Write, colour: boolean): Narrator {
  const paint = (code: number, text: string): string =>
    colour ? `\u001b[${code}m${text}\u001b[0m` : text;
  const line = (text: string): void => write(`${text}\n`);
  let count = 0;
  return {
    note: (text) => line(`\n${text}`),
    step: (step) => {
      count += 1;
      line(`\n${String(count).padStart(2)}  ${paint(1, step.title)}`);
      line(`    ${paint(2, cut(`${step.tool} ${step.says}`, WIDTH - 4))}`);
      for (const text of verdict(step)) line(`    ${paint(step.refusal === null ? 32 : 31, text)}`);
      line(`    ${paint(2, `rows ${step.rowsAfter}`)}`);
    },
    end: (report) => {
      const { log } = report;
      if (log !== null) {
        const verified = log.ok ? "verified" : "DOES NOT VERIFY";
        line(`\n$ bylaw audit verify\n    ${log.size} records, ${verified}`);
      }
      line(`\n${(report.milliseconds / 1000).toFixed(1)} s`);
      line(`rows left: ${report.rowsLeft}`);
    },
  };
}

function verdict(step: Step): readonly string[] {
  const { refusal, calls, ran } = step;
  const who = step.approvedBy === null ? "" : `, approved by ${step.approvedBy}`;
  if (refusal === null) return [`ran${calls > 1 ? ` ${calls} times` : ""}${who}: ${step.told}`];
  const times = calls > 1 ? ` ${calls - ran} of ${calls} calls` : "";
  const bylaw = refusal.policy === null ? "" : ` by bylaw ${refusal.policy}`;
  const record = refusal.record === null ? "" : `, record ${refusal.record}`;
  const what = refusal.outcome === "block" ? "refused" : "held";
  return [`${what}${times}${bylaw} (${refusal.code})${record}`, cut(refusal.reason, WIDTH - 4)];
}

function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}
