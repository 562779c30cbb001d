import { createInterface } from "node:readline/promises";
import { CommandError, EXIT } from "./exit.ts";

/** Asks a person at the terminal. Where nobody sits there, `--yes` has to say it. */
export async function confirmed(what: string): Promise<boolean> {
  if (!process.stdin.isTTY) {
    const message = `nobody can be asked; say --yes to ${what}`;
    throw new CommandError(EXIT.usage, "usage.unconfirmed", message);
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await terminal.question(`\n${what}? [y/N] `);
    return /^y(?:es)?$/i.test(answer.trim());
  } finally {
    terminal.close();
  }
}
