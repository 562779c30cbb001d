import type { LedgerRecord } from "@bylaw/core";

/** What a run needs of Bylaw, as its commands have it. */
export interface ScenarioOps {
  /** Program and first arguments that run `bylaw`. */
  readonly bylaw: readonly [string, ...string[]];
  /** Milliseconds since the epoch. */
  now(): number;
  /** Environment of the gateways: nothing of the caller's own Bylaw is in it. */
  readonly environment: Readonly<Record<string, string>>;
  /** Asks the gateway of a data folder; throws an error with a `code` where it says no. */
  post<T>(data: string, path: string, body: object): Promise<T>;
  /** Connects an agent of a running gateway to its hooks. Out: what a coding agent starts at each of them. */
  hook(data: string, agent: string, token: string): Promise<readonly [string, ...string[]]>;
  /** Every record of a data folder's log, and what is wrong with the log; null: it verifies. */
  log(data: string): Promise<{
    readonly records: readonly LedgerRecord[];
    readonly problem: string | null;
  }>;
}

/** What went wrong with the scenario itself or its gateway, not with a verdict. */
export class ScenarioFailure extends Error {
  readonly code: "scenario.start" | "scenario.setup" | "scenario.log";
  constructor(code: ScenarioFailure["code"], message: string) {
    super(message);
    this.code = code;
  }
}
