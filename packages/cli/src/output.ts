import { once } from "node:events";
import { createWriteStream, renameSync, rmSync } from "node:fs";
import type { Writable } from "node:stream";
import { CommandError, EXIT } from "./exit.ts";

/** Where a command that writes much writes to: a file, or standard output. */
export interface Output {
  /** Resolves when there is room for more; false when the reader has gone. */
  write(text: string): Promise<boolean>;
  /** Ends the output. A file appears under its name now, whole. */
  finish(): Promise<void>;
  /** Gives up: a file does not appear. */
  abandon(): void;
}

export function openOutput(file: string | undefined): Output {
  return file === undefined ? standardOutput() : fileOutput(file);
}

/** For errors of standard output: `| head` has seen enough, and that is no failure of ours. */
export function readerGone(error: NodeJS.ErrnoException): void {
  if (error.code !== "EPIPE") throw error;
}

function standardOutput(): Output {
  let gone = false;
  const onError = (error: NodeJS.ErrnoException): void => {
    readerGone(error);
    gone = true;
  };
  process.stdout.on("error", onError);
  return {
    async write(text): Promise<boolean> {
      if (!gone && !process.stdout.write(text)) await room(process.stdout);
      return !gone;
    },
    finish: async () => void process.stdout.off("error", onError),
    abandon: () => void process.stdout.off("error", onError),
  };
}

function fileOutput(file: string): Output {
  const part = `${file}.part`;
  // What agents did is nobody else's business.
  const stream = createWriteStream(part, { mode: 0o600 });
  let failed: Error | null = null;
  stream.on("error", (error) => {
    failed = error;
  });
  const check = (): void => {
    if (failed !== null)
      throw new CommandError(
        EXIT.no,
        "file.unwritable",
        `cannot write \`${file}\`: ${failed.message}`,
      );
  };
  return {
    async write(text): Promise<boolean> {
      if (!stream.write(text)) await room(stream);
      check();
      return true;
    },
    async finish(): Promise<void> {
      stream.end();
      if (!stream.closed)
        await Promise.race([once(stream, "close"), once(stream, "error")]).catch(() => undefined);
      check();
      renameSync(part, file);
    },
    abandon(): void {
      stream.destroy();
      rmSync(part, { force: true });
    },
  };
}

/** Resolves when the stream takes more, or never will again. */
async function room(stream: Writable): Promise<void> {
  const stop = new AbortController();
  const { signal } = stop;
  await Promise.race([once(stream, "drain", { signal }), once(stream, "close", { signal })]).catch(
    () => undefined,
  );
  stop.abort();
}
