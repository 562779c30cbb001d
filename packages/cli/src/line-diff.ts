/** Lines around a change that are shown with it. */
const CONTEXT = 2;
/** Cells of the table that the longest common part is found with; beyond it everything counts as changed. */
const CELLS_MAX = 4_000_000;

interface Step {
  readonly sign: " " | "-" | "+";
  readonly line: string;
}

/** Two texts as lines that went (`-`), came (`+`) or stayed, with `…` where lines are left out. */
export function lineDiff(before: string, after: string): readonly string[] {
  const steps = stepsOf(before.split("\n"), after.split("\n"));
  const near = (at: number): boolean =>
    steps.slice(Math.max(0, at - CONTEXT), at + CONTEXT + 1).some(({ sign }) => sign !== " ");
  const lines: string[] = [];
  let left = false;
  for (const [at, { sign, line }] of steps.entries()) {
    if (!near(at)) {
      left = true;
      continue;
    }
    if (left && lines.length > 0) lines.push("  …");
    left = false;
    lines.push(`${sign} ${line}`);
  }
  return lines;
}

function stepsOf(a: readonly string[], b: readonly string[]): readonly Step[] {
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head += 1;
  let tail = 0;
  while (
    tail < Math.min(a.length, b.length) - head &&
    a[a.length - 1 - tail] === b[b.length - 1 - tail]
  )
    tail += 1;
  const same = (line: string): Step => ({ sign: " ", line });
  return [
    ...a.slice(0, head).map(same),
    ...between(a.slice(head, a.length - tail), b.slice(head, b.length - tail)),
    ...a.slice(a.length - tail).map(same),
  ];
}

function between(a: readonly string[], b: readonly string[]): readonly Step[] {
  const gone = a.map((line): Step => ({ sign: "-", line }));
  const come = b.map((line): Step => ({ sign: "+", line }));
  const width = b.length + 1;
  if ((a.length + 1) * width > CELLS_MAX) return [...gone, ...come];
  // common[i * width + j]: length of the longest common part of a from i on and b from j on
  const common = new Uint32Array((a.length + 1) * width);
  const cell = (i: number, j: number): number => common[i * width + j] ?? 0;
  for (let i = a.length - 1; i >= 0; i -= 1)
    for (let j = b.length - 1; j >= 0; j -= 1)
      common[i * width + j] =
        a[i] === b[j] ? cell(i + 1, j + 1) + 1 : Math.max(cell(i + 1, j), cell(i, j + 1));
  const steps: Step[] = [];
  let [i, j] = [0, 0];
  while (i < a.length && j < b.length) {
    if (a[i] === b[j]) {
      steps.push({ sign: " ", line: a[i] ?? "" });
      i += 1;
      j += 1;
    } else if (cell(i + 1, j) >= cell(i, j + 1)) steps.push(gone[i++] as Step);
    else steps.push(come[j++] as Step);
  }
  return [...steps, ...gone.slice(i), ...come.slice(j)];
}
