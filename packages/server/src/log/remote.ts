import { type LogReader, publishedLog } from "@bylaw/ledger";
import { type Exchange, exchange as overNetwork, under } from "./exchange.ts";
import { FILE_BYTES_MAX, FILE_MS } from "./limits.ts";

/** A log that cannot be read, which says nothing about what is in it. */
export class LogUnreachable extends Error {
  readonly code = "log.unreachable";
  constructor(message: string) {
    super(message);
    this.name = "LogUnreachable";
  }
}

/**
 * A log published over HTTP at a prefix such as `https://host/log`. What it answers with 404 or 410
 * it does not have; a rejection (`LogUnreachable`) means that nobody knows.
 */
export function remoteLog(prefix: string, exchange: Exchange = overNetwork): LogReader {
  return publishedLog(async (path) => {
    const url = under(prefix, path);
    const answer = await exchange({ method: "GET", url }, FILE_MS, FILE_BYTES_MAX).catch(
      (error: unknown) => {
        const why = error instanceof Error ? error.message : String(error);
        throw new LogUnreachable(`cannot read \`${url}\`: ${why}`);
      },
    );
    if (answer.status === 200) return answer.bytes;
    if (answer.status === 404 || answer.status === 410) return null;
    throw new LogUnreachable(`\`${url}\` answered ${answer.status}`);
  });
}
