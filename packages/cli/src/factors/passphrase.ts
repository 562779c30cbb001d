import { randomBytes } from "node:crypto";
import { isStrong, PASSPHRASE_MIN } from "@bylaw/server/factors";
import { CommandError, EXIT } from "../exit.ts";
import { atTerminal, type Terminal } from "./terminal.ts";

/** A passphrase for a new key, asked for at the terminal, or made up and shown there. Throws CommandError. */
export function newPassphrase(generate: boolean): Promise<string> {
  return atTerminal((terminal) => (generate ? generated(terminal) : chosen(terminal)));
}

async function chosen(terminal: Terminal): Promise<string> {
  const passphrase = await terminal.secret("New passphrase: ");
  if (!isStrong(passphrase)) {
    const message = `a passphrase has at least ${PASSPHRASE_MIN} characters, and not always the same few`;
    throw new CommandError(EXIT.usage, "factor.weak", message);
  }
  if ((await terminal.secret("The same again: ")) === passphrase) return passphrase;
  throw new CommandError(
    EXIT.usage,
    "factor.mistyped",
    "that was not the same; nothing was changed",
  );
}

/** No i, l, o, 0 or 1: people copy it from paper. 31 characters, 6 groups of 4: 118 bits. */
const LETTERS = "abcdefghjkmnpqrstuvwxyz23456789";
const GROUPS = 6;
const GROUP_LENGTH = 4;

async function generated(terminal: Terminal): Promise<string> {
  const groups = Array.from({ length: GROUPS }, () =>
    Array.from({ length: GROUP_LENGTH }, letter).join(""),
  );
  const passphrase = groups.join("-");
  terminal.say("Your passphrase, shown once. Write it down where no program reads it:");
  terminal.say(`  ${passphrase}`);
  return passphrase;
}

/** Bytes that would favour some letters are drawn again. */
function letter(): string {
  const limit = 256 - (256 % LETTERS.length);
  for (;;) {
    const byte = randomBytes(1)[0] ?? limit;
    if (byte < limit) return LETTERS[byte % LETTERS.length] ?? "";
  }
}
