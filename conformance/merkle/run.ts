import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import {
  verifyConsistency,
  verifyInclusion,
  verifySubtreeConsistency,
  verifySubtreeInclusion,
} from "@bylaw/ledger";
import { readTarGz } from "./tar.ts";

/** One vector; which members it has tells which of the four proofs it is about. */
interface Vector {
  readonly desc: string;
  readonly wantErr: boolean;
  readonly proof: readonly string[] | null;
  readonly leafIdx: number;
  readonly treeSize: number;
  readonly leafHash: string;
  readonly root: string;
  readonly start: number;
  readonly end: number;
  readonly size: number;
  readonly size1: number;
  readonly size2: number;
  readonly root1: string;
  readonly root2: string;
}

const CHECKS: Readonly<Record<string, (vector: Vector, proof: Uint8Array[]) => boolean>> = {
  inclusion: (v, proof) =>
    verifyInclusion(v.leafIdx, v.treeSize, bytes(v.leafHash), proof, bytes(v.root)),
  subtreeinclusion: (v, proof) =>
    verifySubtreeInclusion(v.leafIdx, v, bytes(v.leafHash), proof, bytes(v.root)),
  consistency: (v, proof) =>
    verifyConsistency(v.size1, v.size2, proof, bytes(v.root1), bytes(v.root2)),
  subtreeconsistency: (v, proof) =>
    verifySubtreeConsistency(v, v.size, proof, bytes(v.root1), bytes(v.root2)),
};

function bytes(base64: string): Uint8Array {
  return Buffer.from(base64, "base64");
}

function main(): number {
  const { values, positionals } = parseArgs({
    options: { json: { type: "boolean", default: false } },
    allowPositionals: true,
  });
  const [archive] = positionals;
  if (archive === undefined) {
    console.error("usage: npm run conformance:merkle -- <vectors.tar.gz> [--json]");
    return 2;
  }
  const failed: string[] = [];
  const passed: Record<string, number> = {};
  for (const [path, content] of readTarGz(readFileSync(archive))) {
    if (!path.endsWith(".json")) continue;
    const kind = path.split("/").find((part) => Object.hasOwn(CHECKS, part));
    const check = kind === undefined ? undefined : CHECKS[kind];
    if (kind === undefined || check === undefined) throw new Error(`no check for \`${path}\``);
    const vector = JSON.parse(Buffer.from(content).toString("utf8")) as Vector;
    const held = check(vector, (vector.proof ?? []).map(bytes));
    if (held === !vector.wantErr) passed[kind] = (passed[kind] ?? 0) + 1;
    else failed.push(path);
  }
  const total = Object.values(passed).reduce((sum, count) => sum + count, 0);
  if (values.json)
    console.log(
      JSON.stringify({ passed: total, failed: failed.length, failures: failed, byKind: passed }),
    );
  else {
    for (const path of failed) console.log(`failed: ${path}`);
    for (const [kind, count] of Object.entries(passed)) console.log(`${kind}: ${count} passed`);
    console.log(`${total} passed, ${failed.length} failed, 0 skipped`);
  }
  // An archive without vectors must not look like success.
  return failed.length > 0 || total === 0 ? 1 : 0;
}

process.exitCode = main();
