/**
 * `npm run eval:secrets -- FILE [--withhold N]`: recall and false positives of the secret detectors on
 * lines of `{id, rule, kind: "tps" | "fps", text, start?, end?}`. With `--withhold`, also with a random
 * half of the issuers' forms taken away, N times: what is left for issuers that no rule knows.
 */
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { PROVIDERS } from "../packages/facts/src/detect/secrets/index.ts";
import { secretScanner } from "../packages/facts/src/detect/secrets.ts";

interface Vector {
  readonly rule: string;
  readonly kind: "tps" | "fps";
  readonly text: string;
  readonly start?: number;
  readonly end?: number;
}

const { values, positionals } = parseArgs({
  options: { withhold: { type: "string", default: "0" } },
  allowPositionals: true,
});
const [file] = positionals;
if (file === undefined || !/^\d{1,3}$/.test(values.withhold)) {
  console.error("usage: npm run eval:secrets -- FILE [--withhold N]");
  process.exit(2);
}
const vectors = readFileSync(file, "utf8")
  .split("\n")
  .filter((line) => line !== "")
  .map((line) => JSON.parse(line) as Vector);

const all = measure(secretScanner());
console.log(`recall           ${spelled(all.found, all.positives)}`);
console.log(`false positives  ${spelled(all.wrong, all.negatives)}`);
for (const [rule, missed] of all.missed) console.log(`missed           ${rule} ${missed}`);
let state = 1;
for (let round = 0; round < Number(values.withhold); round += 1) {
  const half = PROVIDERS.filter(() => next() < 0.5);
  const { found, positives, wrong, negatives } = measure(secretScanner(half));
  console.log(
    `with ${half.length} of ${PROVIDERS.length} forms: recall ${spelled(found, positives)}, false positives ${spelled(wrong, negatives)}`,
  );
}

function measure(scan: ReturnType<typeof secretScanner>) {
  const missed = new Map<string, number>();
  let [found, positives, wrong, negatives] = [0, 0, 0, 0];
  for (const { rule, kind, text, start = 0, end = text.length } of vectors) {
    const findings = scan(text);
    if (kind === "fps") {
      negatives += 1;
      if (findings.length > 0) wrong += 1;
    } else {
      positives += 1;
      if (findings.some((finding) => finding.start <= start && finding.end >= end)) found += 1;
      else missed.set(rule, (missed.get(rule) ?? 0) + 1);
    }
  }
  return { found, positives, wrong, negatives, missed };
}

/** `k/n` as a share, with the Wilson interval for 95%. */
function spelled(count: number, of: number): string {
  const z = 1.96;
  const share = count / of;
  const middle = share + z ** 2 / (2 * of);
  const spread = z * Math.sqrt((share * (1 - share)) / of + z ** 2 / (4 * of ** 2));
  const bound = (value: number): string => ((100 * value) / (1 + z ** 2 / of)).toFixed(1);
  return `${count}/${of} = ${(100 * share).toFixed(1)}% (${bound(middle - spread)} to ${bound(middle + spread)})`;
}

/** A fixed sequence (Park and Miller), so that two runs take away the same. */
function next(): number {
  state = (state * 16_807) % 2_147_483_647;
  return state / 2_147_483_647;
}
