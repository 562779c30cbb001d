import { existsSync } from "node:fs";
import { join } from "node:path";
import {
  type CountReader,
  fractionCounts,
  lastLineIs,
  lessCounts,
  plainCounts,
  vitestCounts,
} from "./counts.ts";

/** One suite of continuous integration: an npm script and how to read what it prints. */
export interface Suite {
  readonly name: string;
  /** Arguments of `npm run`. */
  readonly run: readonly string[];
  /** The same at full length, for `npm run soak`; null where there is no longer form. */
  readonly soak: Soak | null;
  readonly counts: CountReader;
  /** What the machine must have. */
  readonly needs: readonly Need[];
  /** After this it has failed. */
  readonly minutesMax: number;
}

export interface Soak {
  readonly run: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly minutesMax: number;
}

export interface Need {
  readonly what: string;
  readonly there: () => boolean;
  /** Skipped where it is missing, also in CI; every other missing need fails in CI. */
  readonly optional: boolean;
}

const EVALS: Need = {
  what: "BYLAW_EVALS, a folder with the corpora of others",
  there: () => existsSync(process.env["BYLAW_EVALS"] ?? ""),
  optional: true,
};

const LINUX_X64: Need = {
  what: "Linux on x64, for which there are packages of other Node versions",
  there: () => process.platform === "linux" && process.arch === "x64",
  optional: true,
};

const NAMESPACES: Need = {
  what: "network namespaces, to run coding agents of others without a way out",
  there: () => process.platform === "linux" && existsSync("/usr/bin/unshare"),
  optional: true,
};

const evals = (path: string): string => join(process.env["BYLAW_EVALS"] ?? "", path);

const ON_OTHER_NODES = [
  "packages/core",
  "packages/ledger",
  "packages/identity",
  "packages/gateway",
  "packages/store/src/driver",
  "packages/store/src/writer",
];

/** Shortest first, so that what breaks most often is known soonest. */
export const SUITES: readonly Suite[] = [
  suite("unit", ["test:covered"], { counts: vitestCounts, minutesMax: 30 }),
  suite("live", ["live"], { counts: vitestCounts, minutesMax: 30 }),
  suite("fuzz", ["fuzz"], {
    counts: vitestCounts,
    soak: { run: ["fuzz", "--", "100000"], env: {}, minutesMax: 60 },
    minutesMax: 15,
  }),
  suite("demo", ["demo"], { counts: lastLineIs("rows left: 1199"), minutesMax: 10 }),
  suite("demo without bylaw", ["demo", "--", "--ungoverned"], {
    counts: lastLineIs("rows left: 0"),
    minutesMax: 10,
  }),
  suite("release", ["release:check"], { minutesMax: 10 }),
  // What rests on the runtime: the engine, bytes, sockets, the database binding and its thread.
  suite("node 22 and 24", ["test:node", "--", ...ON_OTHER_NODES], {
    counts: vitestCounts,
    soak: { run: ["test:node"], env: {}, minutesMax: 60 },
    needs: [LINUX_X64],
    minutesMax: 20,
  }),
  suite("conformance: cedar", ["conformance:cedar", "--", evals("cedar/corpus-tests.tar.gz")], {
    counts: fractionCounts,
    needs: [EVALS],
    minutesMax: 15,
  }),
  suite("conformance: cedar, by hand", ["conformance:cedar", "--", "conformance/cedar/cases"], {
    counts: fractionCounts,
    minutesMax: 10,
  }),
  suite("conformance: differential", ["conformance:differential"], {
    counts: lessCounts(/^(\d+) requests/m, /^(\d+) mismatches/m),
    soak: {
      run: ["conformance:differential", "--", "--sets", "25000"],
      env: {},
      minutesMax: 60,
    },
    minutesMax: 5,
  }),
  suite("conformance: merkle", ["conformance:merkle", "--", evals("merkle/vectors.tar.gz")], {
    needs: [EVALS],
    minutesMax: 10,
  }),
  suite("conformance: mcp", ["conformance:mcp"], { needs: [LINUX_X64], minutesMax: 25 }),
  suite("conformance: go", ["conformance:go"], { minutesMax: 15 }),
  suite("scenarios", ["scenarios"], { minutesMax: 20 }),
  suite("scenarios without bylaw", ["scenarios:ungoverned"], { minutesMax: 10 }),
  suite("scenarios without a policy", ["scenarios:necessity"], { minutesMax: 20 }),
  suite("scenarios under attack", ["scenarios:mutate", "--", "10"], {
    soak: { run: ["scenarios:mutate", "--", "200"], env: {}, minutesMax: 90 },
    minutesMax: 20,
  }),
  suite("end to end", ["e2e"], {
    counts: vitestCounts,
    soak: { run: ["e2e"], env: { BYLAW_CALLS: "1000" }, minutesMax: 60 },
    minutesMax: 40,
  }),
  // Frameworks of others, each from its own lock file, with the SDK's adapters.
  suite("end to end: adapters", ["e2e:adapters"], {
    counts: vitestCounts,
    needs: [LINUX_X64],
    minutesMax: 15,
  }),
  // Coding agents of others from npm, with a model on loopback; those that cannot be installed are skipped.
  suite("end to end: clients", ["e2e:clients"], {
    counts: vitestCounts,
    needs: [NAMESPACES],
    minutesMax: 25,
  }),
  suite("faults", ["faults"], {
    counts: lastLineIs(/: promise kept$/),
    soak: { run: ["faults"], env: { BYLAW_KILLS: "1000" }, minutesMax: 60 },
    minutesMax: 15,
  }),
];

function suite(
  name: string,
  run: readonly string[],
  rest: Partial<Suite> & Pick<Suite, "minutesMax">,
): Suite {
  return { name, run, soak: null, counts: plainCounts, needs: [], ...rest };
}
