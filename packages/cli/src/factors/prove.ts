import type { Json } from "@bylaw/core";
import type { Asked } from "@bylaw/server";
import { bodyDigest, signWithSealed, statementText } from "@bylaw/server/factors";
import { CommandError, EXIT } from "../exit.ts";
import { keyFile, readKey } from "./keys.ts";
import { atTerminal, type Terminal } from "./terminal.ts";

/** How often a passphrase may be mistyped before the command gives up. */
const TRIES_MAX = 3;

/** What was sent, that a person's factor is asked for. */
export interface Sent {
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
}

type Challenge = Omit<Asked, "error">;

/**
 * Asks the person at the terminal for the factor. Out: the value of the header that answers. Throws
 * CommandError; nothing is signed that is not what this command has sent.
 */
export function prove(challenge: Challenge, sent: Sent): Promise<string> {
  const { statement, shows } = challenge;
  const request = `${sent.method} ${sent.path}`;
  if (statement.request !== request || statement.body !== bodyDigest((sent.body ?? null) as Json)) {
    const message =
      "the gateway asks for a proof of something else than was sent; nothing was signed";
    throw new CommandError(EXIT.no, "factor.statement", message);
  }
  return atTerminal(async (terminal) => {
    terminal.say(`${statement.person}, this needs your factor:`);
    for (const line of shows) terminal.say(`  ${line}`);
    const answer = await answerOf(challenge, terminal);
    return Buffer.from(JSON.stringify({ nonce: statement.nonce, ...answer })).toString("base64url");
  });
}

async function answerOf({ statement, factors }: Challenge, terminal: Terminal): Promise<object> {
  for (const { id, kind } of factors) {
    const key = kind === "passphrase" ? readKey(keyFile(id)) : null;
    if (key === null) continue;
    for (let tries = 0; tries < TRIES_MAX; tries += 1) {
      const passphrase = await terminal.secret(`Passphrase of your key ${id}: `);
      const signature = await signWithSealed(key, passphrase, statementText(statement));
      if (signature !== null) return { factor: id, signature };
      terminal.say("That is not its passphrase.");
    }
    throw new CommandError(EXIT.no, "factor.wrong", "the key stays closed; nothing was changed");
  }
  const totp = factors.find(({ kind }) => kind === "totp");
  if (totp !== undefined) {
    const code = await terminal.secret(`Code of your authenticator app (${totp.id}): `);
    return { factor: totp.id, code: code.replaceAll(/\s/g, "") };
  }
  const keys = factors.filter(({ kind }) => kind === "passphrase").map(({ id }) => keyFile(id));
  const message =
    keys.length === 0
      ? "a passkey answers in the browser: open the link of the request"
      : `your key is not here; it was expected as ${keys.map((file) => `\`${file}\``).join(" or ")}`;
  throw new CommandError(EXIT.no, "factor.not_here", message);
}
