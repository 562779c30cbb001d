import { closeSync, openSync, writeSync } from "node:fs";
import { StringDecoder } from "node:string_decoder";
import { ReadStream } from "node:tty";
import { CommandError, EXIT } from "../exit.ts";
import { visible } from "../visible.ts";

/** Characters of one line that is typed. */
const LINE_MAX = 2_048;

/** The terminal that a person sits at, whatever standard input and output are. */
export interface Terminal {
  say(line: string): void;
  /** A line that is typed; nothing of it is shown. */
  secret(prompt: string): Promise<string>;
}

/**
 * Runs a step with the controlling terminal. Throws CommandError `factor.no_terminal` where there is
 * none: a factor is never taken from a pipe, a file, an argument or the environment.
 */
export async function atTerminal<T>(step: (terminal: Terminal) => Promise<T>): Promise<T> {
  const { input, out } = open();
  const lines = typed(input);
  const terminal: Terminal = {
    say: (line) => void writeSync(out, `${visible(line)}\n`),
    async secret(prompt) {
      writeSync(out, visible(prompt));
      try {
        return await lines.next();
      } finally {
        writeSync(out, "\n");
      }
    },
  };
  try {
    return await step(terminal);
  } finally {
    input.setRawMode(false);
    input.destroy();
    closeSync(out);
  }
}

function open(): { readonly input: ReadStream; readonly out: number } {
  try {
    const out = openSync("/dev/tty", "w");
    try {
      const input = new ReadStream(openSync("/dev/tty", "r"));
      input.setRawMode(true); // before anything is asked: what is typed ahead is not echoed either
      return { input, out };
    } catch (error) {
      closeSync(out);
      throw error;
    }
  } catch {
    const message =
      "this asks for your factor, and there is no terminal to ask at; run it yourself, in a terminal";
    throw new CommandError(EXIT.no, "factor.no_terminal", message);
  }
}

/** Lines as they are typed in raw mode; more than one may arrive at once. */
function typed(input: ReadStream): { next(): Promise<string> } {
  const decoder = new StringDecoder("utf8");
  let pending = "";
  let wake: () => void = () => undefined;
  let ended = false;
  input.on("data", (chunk: Buffer) => {
    pending += decoder.write(chunk);
    wake();
  });
  for (const event of ["end", "error", "close"] as const)
    input.on(event, () => {
      ended = true;
      wake();
    });
  return {
    async next() {
      let line: readonly string[] = [];
      for (;;) {
        for (const key of pending) {
          pending = pending.slice(key.length);
          if (key === "\r" || key === "\n") return line.join("");
          line = edited(line, key);
        }
        if (ended) throw cancelled();
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
  };
}

const CANCEL = ["\u0003", "\u0004", "\u001b"];
const BACK = ["\u007f", "\b"];
const CLEAR = "\u0015";

function edited(line: readonly string[], key: string): readonly string[] {
  if (CANCEL.includes(key)) throw cancelled();
  if (BACK.includes(key)) return line.slice(0, -1);
  if (key === CLEAR) return [];
  return line.length < LINE_MAX && !/\p{Cc}/u.test(key) ? [...line, key] : line;
}

function cancelled(): CommandError {
  return new CommandError(EXIT.no, "factor.cancelled", "cancelled; nothing was changed");
}
