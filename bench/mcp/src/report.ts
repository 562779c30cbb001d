import { type Figure, render as renderFigure } from "../../ledger/figures.ts";
import type { Contender, Topology } from "./contenders.ts";
import type { Load, Measured, Refused } from "./measure.ts";

export interface Report {
  readonly measured: readonly Measured[];
  readonly refused: readonly Refused[];
  readonly idle: readonly { readonly contender: Contender; readonly bytes: number }[];
}

const SMALL = 64;
/** Topologies in which there are peers to beat, and the direct way that they add to. */
const CONTESTED: readonly Topology[] = ["HTTP to HTTP", "stdio to HTTP"];

/** What Bylaw is held against. Out: one figure per bound that the run can judge. */
export function targets(report: Report): readonly Figure[] {
  const figures: Figure[] = [];
  const ours = added(report, "HTTP to HTTP", ({ kind }) => kind === "bylaw");
  const bare = added(report, "HTTP to HTTP", ({ name }) => name.startsWith("node:http"));
  if (ours !== null && bare !== null)
    figures.push(bound("a read adds, times a node:http pass-through", ours / bare, "at most", 2.2));
  for (const topology of CONTESTED) {
    const mine = added(report, topology, ({ kind }) => kind === "bylaw");
    const peer = added(report, topology, ({ kind }) => kind === "peer");
    if (mine !== null && peer !== null)
      figures.push(bound(`${topology}, best peer adds, times ours`, peer / mine, "at least", 2));
    const speed = fastest(report, topology, "bylaw") / fastest(report, topology, "peer");
    if (Number.isFinite(speed))
      figures.push(bound(`${topology}, throughput, times the best peer`, speed, "at least", 2));
  }
  for (const { contender, bytes } of report.idle)
    if (contender.kind === "bylaw" && contender.topology === "HTTP to HTTP")
      figures.push(bound("an idle session, KB", bytes / 1024, "at most", 20));
  return figures;
}

function bound(name: string, value: number, kind: "at least" | "at most", limit: number): Figure {
  return { name, value, unit: "", target: { bound: kind, value: limit } };
}

/** Microseconds that the best contender of a kind adds to the direct way, at one caller and 64 bytes. */
function added(
  { measured }: Report,
  topology: Topology,
  of: (contender: Contender) => boolean,
): number | null {
  const base = directOf(measured, topology, { callers: 1, bytes: SMALL });
  const mine = measured.filter(
    (row) =>
      row.contender.topology === topology &&
      row.callers === 1 &&
      row.bytes === SMALL &&
      of(row.contender),
  );
  if (base === null || mine.length === 0) return null;
  return Math.min(...mine.map(({ best }) => best.p50Us)) - base.best.p50Us;
}

function fastest({ measured }: Report, topology: Topology, kind: Contender["kind"]): number {
  const mine = measured.filter(
    ({ contender, bytes }) =>
      contender.topology === topology && contender.kind === kind && bytes === SMALL,
  );
  return mine.length === 0 ? Number.NaN : Math.max(...mine.map(({ best }) => best.perSecond));
}

function directOf(measured: readonly Measured[], topology: Topology, load: Load): Measured | null {
  const found = measured.find(
    (row) =>
      row.contender.kind === "direct" &&
      row.contender.topology === topology &&
      row.callers === load.callers &&
      row.bytes === load.bytes,
  );
  return found ?? null;
}

/** Tables for people. */
export function render(report: Report, judged: readonly Figure[]): string {
  const { measured, refused, idle } = report;
  const lines: string[] = [];
  for (const topology of new Set(measured.map(({ contender }) => contender.topology))) {
    lines.push(
      "",
      topology,
      "| way | callers | bytes | p50 us | added us | p99 us | calls/s | CPU us |",
      "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    );
    for (const row of measured.filter(({ contender }) => contender.topology === topology))
      lines.push(tableRow(row, directOf(measured, topology, row)));
    for (const { contender, callers, bytes, why } of refused)
      if (contender.topology === topology)
        lines.push(`${contender.name} does not carry ${callers} x ${bytes} bytes: ${why}`);
  }
  lines.push("", "Memory of a session that nobody uses");
  for (const { contender, bytes } of idle)
    lines.push(`${contender.topology}, ${contender.name}: ${(bytes / 1024).toFixed(1)} KB`);
  return [...lines, "", ...judged.map(renderFigure)].join("\n");
}

function tableRow({ contender, callers, bytes, best }: Measured, base: Measured | null): string {
  const whole = (value: number | null): string =>
    value === null ? "" : Math.round(value).toLocaleString("en");
  const more = base === null || contender.kind === "direct" ? null : best.p50Us - base.best.p50Us;
  const cells = [best.p50Us, more, best.p99Us, best.perSecond, best.cpuUs].map(whole);
  return `| ${[contender.name, callers, bytes, ...cells].join(" | ")} |`;
}
