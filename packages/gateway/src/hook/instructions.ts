import type { Ruling } from "./client.ts";

/** A file that tells agents how to behave and that nobody has accepted as it is now. */
export interface Instructions {
  /** Absolute. */
  readonly path: string;
  /** Digest of its content: an acceptance is of exactly this. */
  readonly digest: string;
  /** Rules that found characters in it which people do not see. */
  readonly hidden: readonly string[];
}

/** What the gateway remembers of such files. */
export interface InstructionOps {
  /** Files that hold in a folder. Throws where what was accepted cannot be read. */
  unaccepted(folder: string): readonly Instructions[];
  /** They may be gone by from now on, as they were when they were found. Throws where it cannot be kept. */
  accept(instructions: Instructions): void;
}

/** Decides about files that have changed, before anything is done in their folder. */
export interface InstructionGuard {
  /** Null when there is nothing to object to; else the refusal of whatever was to be done. */
  check(
    who: string,
    folder: string,
    decide: (instructions: Instructions) => Promise<Ruling>,
  ): Promise<Extract<Ruling, { kind: "refuse" }> | null>;
}

/** Answers are not shared between agents: who may be asked, and what is permitted, differs. */
export function createInstructionGuard(ops: InstructionOps): InstructionGuard {
  const deciding = new Map<string, Promise<Extract<Ruling, { kind: "refuse" }> | null>>();
  const ask = async (
    folder: string,
    decide: (instructions: Instructions) => Promise<Ruling>,
  ): Promise<Extract<Ruling, { kind: "refuse" }> | null> => {
    for (const instructions of ops.unaccepted(folder)) {
      const ruling = await decide(instructions);
      if (ruling.kind === "refuse") return ruling;
      ops.accept(instructions);
    }
    return null;
  };
  return {
    check: (who, folder, decide) => {
      const key = JSON.stringify([who, folder]);
      // Calls that come at once wait for one answer, which is used up by the first of them.
      const running = deciding.get(key);
      if (running !== undefined) return running;
      const asked = ask(folder, decide).finally(() => deciding.delete(key));
      deciding.set(key, asked);
      return asked;
    },
  };
}
