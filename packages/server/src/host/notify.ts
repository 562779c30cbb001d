import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import { fail, ok, type Result } from "@bylaw/core";
import type { HeldAction } from "../api/approvals.ts";
import type { NotifyConfig } from "../config/config.ts";
import { type Exchange, exchange, under } from "../log/exchange.ts";
import type { Batch } from "./approvals/batches.ts";
import { secret } from "./environment.ts";

/** Messages that may wait for delivery; what comes beyond is dropped, and said to be. */
const QUEUE_MAX = 1_000;
/** How long a message waits for more that belong in it, in milliseconds. */
const GATHER_MS = 1_000;
/** Pauses before each attempt, in milliseconds. */
const PAUSES_MS: readonly number[] = [0, 1_000, 4_000, 15_000, 60_000];
const ANSWER_MAX_MS = 5_000;
const ANSWER_MAX_BYTES = 65_536;
/** Characters of a name in a message, which an agent may have chosen. */
const NAME_MAX = 200;
/** Lines of effects, and of reasons, in a message. */
const LINES_MAX = 8;
/** Characters of one text: chat services refuse the whole message beyond it. */
const TEXT_MAX = 3_000;

/** What waits, each burst as one batch. */
export type Listed = () => Promise<readonly Batch[]>;

/** Tells people elsewhere that something waits for them. */
export interface Notifier {
  /** Returns at once; delivery goes on beside. In: how what waits is listed, to name a burst as it is there. */
  tell(held: HeldAction, listed: Listed): void;
  /** Gives up what was not delivered: the requests themselves wait in the store. */
  close(): void;
}

/** What a notifier does to the world; tests hand in their own. */
export interface NotifyOps {
  readonly exchange: Exchange;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Resolves after so many milliseconds, or at once when the signal fires. */
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>;
}

const REAL: NotifyOps = {
  exchange,
  now: Date.now,
  pause: (ms, signal) =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      timer.unref();
      const end = (): void => {
        clearTimeout(timer);
        resolve();
      };
      if (signal.aborted) end();
      else signal.addEventListener("abort", end, { once: true });
    }),
};

/** The signing key from where the configuration says it is; the error repeats nothing of it. */
export function notifyKey(config: NotifyConfig | null): Result<string, string> {
  if (config === null) return ok("");
  const source = config.secret;
  if (source.kind === "environment") {
    const value = secret(source.variable);
    return value === null ? fail(`notify.secret: $${source.variable} is not set`) : ok(value);
  }
  try {
    const text = readFileSync(source.path, "utf8").trim();
    return text === "" ? fail(`notify.secret: \`${source.path}\` is empty`) : ok(text);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return fail(`notify.secret: \`${source.path}\` cannot be read (${code ?? "unknown"})`);
  }
}

/**
 * A notifier that posts signed messages, one at a time; null configuration: one that tells nobody. What
 * the address is, which may be a secret itself, is in no line of `log`.
 */
export function createNotifier(
  config: NotifyConfig | null,
  key: string,
  log: (line: string) => void,
  ops: NotifyOps = REAL,
): Notifier {
  if (config === null) return { tell: () => undefined, close: () => undefined };
  const { url, link } = config;
  const queue: { readonly held: HeldAction; readonly listed: Listed }[] = [];
  const ending = new AbortController();
  let running = false;

  async function deliver(): Promise<void> {
    running = true;
    while (queue.length > 0) {
      await ops.pause(GATHER_MS, ending.signal);
      const [first] = queue;
      if (first === undefined || ending.signal.aborted) break;
      // A burst is one message: a channel full of them is read by nobody.
      const same = queue.filter(({ held }) => alike(held, first.held));
      for (const one of same) queue.splice(queue.indexOf(one), 1);
      const burst = same.map(({ held }) => held);
      if (!(await send(burst, await batchOf(burst, first.listed))))
        log(`notify.undelivered - ${same.length} requests; see: bylaw approvals`);
    }
    running = false;
  }

  async function send(held: readonly HeldAction[], batch: Batch | null): Promise<boolean> {
    const body = JSON.stringify(messageOf(held, link, batch));
    for (const ms of PAUSES_MS) {
      await ops.pause(ms, ending.signal);
      if (ending.signal.aborted) return false;
      const at = Math.floor(ops.now() / 1_000);
      const headers = {
        "content-type": "application/json",
        "bylaw-signature": signature(key, at, body),
      };
      const status = await ops
        .exchange({ method: "POST", url, body, headers }, ANSWER_MAX_MS, ANSWER_MAX_BYTES)
        .then((answer) => answer.status)
        .catch(() => 0);
      if (status >= 200 && status < 300) return true;
      // Whoever refuses the message itself refuses it again.
      if (status >= 400 && status < 500 && status !== 408 && status !== 429) return false;
    }
    return false;
  }

  return {
    tell: (held, listed) => {
      if (ending.signal.aborted) return;
      if (queue.length >= QUEUE_MAX) return log("notify.dropped - too many requests at once");
      queue.push({ held, listed });
      if (!running) void deliver();
    },
    close: () => ending.abort(),
  };
}

function alike(a: HeldAction, b: HeldAction): boolean {
  return a.agent === b.agent && a.upstream === b.upstream && a.target === b.target;
}

/** The batch of exactly these requests; null where they are no burst, or are listed in another way by now. */
async function batchOf(held: readonly HeldAction[], listed: Listed): Promise<Batch | null> {
  if (held.length === 1) return null;
  const ids = new Set(held.map(({ id }) => id));
  const batches = await listed().catch(() => []);
  return (
    batches.find(
      ({ members }) => members.length === ids.size && members.every((id) => ids.has(id)),
    ) ?? null
  );
}

/** `t=<seconds since the epoch>,v1=<hex HMAC-SHA-256 of "<t>.<body>">`. */
export function signature(key: string, at: number, body: string): string {
  return `t=${at},v1=${createHmac("sha256", key).update(`${at}.${body}`).digest("hex")}`;
}

/**
 * A message as chat services take it. It says what waits, of a batch what all of it comes to; answering it
 * takes another place.
 */
export function messageOf(
  held: readonly HeldAction[],
  link: string | null,
  batch: Batch | null = null,
): object {
  const [first] = held;
  if (first === undefined) throw new Error("a message is about something");
  const what = `${first.upstream} ${first.target ?? first.operation}`;
  const many = held.length > 1 ? `${held.length} actions of ` : "";
  const head = plain(`${many}${first.agent} wants ${what}`);
  const effects = batch?.total ?? held.flatMap(({ summary }) => summary);
  const why = [
    ...new Set(held.flatMap(({ requirements }) => requirements.map((one) => one.reason))),
  ];
  const one = held.length === 1 ? first.id : null;
  const answer = one === null ? "bylaw approvals" : `bylaw approvals show ${one}`;
  const soonest = held.map(({ expires }) => expires).reduce((a, b) => (a < b ? a : b));
  const body = [...few(effects), ...few(why), `until ${soonest}: ${answer}`];
  const page = one ?? batch?.id ?? null;
  const address =
    link === null ? null : under(link, page === null ? "approvals" : `approvals/${page}`);
  return {
    text: escaped(`${head} - ${answer}`),
    blocks: [
      { type: "header", text: { type: "plain_text", text: head.slice(0, 150), emoji: false } },
      {
        type: "section",
        text: { type: "plain_text", text: body.join("\n").slice(0, TEXT_MAX), emoji: false },
      },
      ...(address === null ? [] : [{ type: "actions", elements: [button(address)] }]),
    ],
  };
}

/** Lines that somebody else chose, and no more of them than are read. */
function few(lines: readonly string[]): readonly string[] {
  const more = lines.length > LINES_MAX ? [`and ${lines.length - LINES_MAX} more`] : [];
  return [...lines.slice(0, LINES_MAX).map(plain), ...more];
}

function button(url: string): object {
  const text = { type: "plain_text", text: "Look at it", emoji: false };
  return { type: "button", text, url };
}

/** Names that agents and servers chose: short, and nothing in them that hides or turns the text. */
function plain(text: string): string {
  const shown = text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, "\u{fffd}");
  return shown.length > NAME_MAX ? `${shown.slice(0, NAME_MAX)}...` : shown;
}

/** Where a service reads markup: no link and no mention can be written into it. */
function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
