import type { Workload } from "./workload.ts";

/** One engine under measurement. Requests are rendered beforehand, outside every clock. */
export interface Contender {
  readonly name: string;
  /** What a call is handed and what it gives, in a few words for the table. */
  readonly note: string;
  prepare(workload: Workload): Promise<Prepared>;
}

export interface Prepared {
  /** Reads the rendered policies: timed as load time. */
  load(): Promise<Loaded>;
}

export interface Loaded {
  /** Decides request `index`; true allows. */
  decide(index: number): boolean;
  /** Ids of the deciding policies, where the engine names them. */
  readonly reasons: ((index: number) => readonly string[]) | null;
}
