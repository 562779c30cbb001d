/** One measured figure, with the bound it is held against where there is one. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly target: { readonly bound: "at least" | "at most"; readonly value: number } | null;
}

export function met({ value, target }: Figure): boolean | null {
  if (target === null) return null;
  return target.bound === "at least" ? value >= target.value : value <= target.value;
}

/** The value below which a share of the samples lies. In: a share such as 0.99; not empty. */
export function percentile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

export function render(figure: Figure): string {
  const number =
    figure.value >= 100 ? Math.round(figure.value).toLocaleString("en") : figure.value.toFixed(2);
  const line = `${figure.name.padEnd(52)} ${number.padStart(10)} ${figure.unit.padEnd(6)}`;
  if (figure.target === null) return line.trimEnd();
  const verdict = met(figure) ? "met" : "MISSED";
  return `${line} ${figure.target.bound} ${figure.target.value.toLocaleString("en")}: ${verdict}`;
}
