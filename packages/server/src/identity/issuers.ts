import { fail, ok } from "@bylaw/core";
import { type Issuer, type KeySetProblem, type PublicKey, readKeySet } from "@bylaw/identity";
import type { IssuerConfig } from "../config/config.ts";
import type { Exchange } from "../log/exchange.ts";
import { KeySourceError, type KeySourceProblem, keySetText } from "./key-source.ts";
import { KEYS_REFRESH_MS, KEYS_RETRY_MS, KEYS_STALE_MS } from "./limits.ts";

type Problem = KeySetProblem | KeySourceProblem;

export interface IssuerStatus {
  readonly name: string;
  readonly issuer: string;
  /** Keys that can be used at present. */
  readonly keys: number;
  /** Why the keys could not be confirmed the last time; null when they were. */
  readonly problem: Problem | null;
}

export interface Issuers {
  /** The issuer of this exact `iss`; null for a stranger. */
  get(issuer: string): Issuer | null;
  status(): readonly IssuerStatus[];
  /** Nobody is asked for keys any more. */
  close(): void;
}

export interface IssuersOptions {
  readonly issuers: Readonly<Record<string, IssuerConfig>>;
  readonly exchange: Exchange;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly say: (line: string) => void;
}

/** A configured issuer and what is known of its keys. */
interface Known {
  readonly name: string;
  readonly config: IssuerConfig;
  keys: readonly PublicKey[];
  /** When the keys were confirmed; milliseconds of `now`. */
  confirmed: number;
  problem: Problem | null;
  looked: number;
  looking: Promise<void> | null;
}

/**
 * Starts to keep the keys of the configured issuers, away from any request: the last good set serves
 * until it has not been confirmed for too long. Resolves when each was asked once, whatever it said.
 */
export async function openIssuers({
  issuers,
  exchange,
  now,
  say,
}: IssuersOptions): Promise<Issuers> {
  const all: readonly Known[] = Object.entries(issuers).map(([name, config]) => ({
    name,
    config,
    keys: [],
    confirmed: Number.NEGATIVE_INFINITY,
    problem: null,
    looked: Number.NEGATIVE_INFINITY,
    looking: null,
  }));
  let closed = false;

  const look = (known: Known): Promise<void> => {
    known.looked = now();
    known.looking ??= refreshed(known, exchange, say, now).finally(() => {
      known.looking = null;
    });
    return known.looking;
  };
  await Promise.all(all.map(look));

  const timer = setInterval(() => {
    for (const known of all) {
      const pause = known.problem === null ? KEYS_REFRESH_MS : KEYS_RETRY_MS;
      if (Math.abs(now() - known.looked) >= pause) void look(known);
    }
  }, KEYS_RETRY_MS);
  timer.unref();

  const usable = (known: Known): readonly PublicKey[] =>
    now() - known.confirmed <= KEYS_STALE_MS ? known.keys : [];
  const byIssuer = new Map(
    all.map((known): [string, Issuer] => {
      const {
        issuer: name,
        audience,
        algorithms,
        subject,
        subjects,
        groups,
        singleUse,
        dialect,
        audienceless,
      } = known.config;
      return [
        name,
        {
          name,
          audience,
          algorithms,
          subject,
          subjects: subjects === null ? null : new Map(Object.entries(subjects)),
          groups,
          singleUse,
          dialect,
          audienceless,
          delegates: false,
          keys() {
            const keys = usable(known);
            return keys.length === 0 ? fail("credential.keys_unavailable") : ok(keys);
          },
          unknownKey() {
            // Strangers can make up key ids: they may not make this gateway ask again and again.
            if (!closed && Math.abs(now() - known.looked) >= KEYS_RETRY_MS) void look(known);
          },
        },
      ];
    }),
  );

  return {
    get: (issuer) => byIssuer.get(issuer) ?? null,
    status: () =>
      all.map((known) => ({
        name: known.name,
        issuer: known.config.issuer,
        keys: usable(known).length,
        problem: known.problem,
      })),
    close() {
      closed = true;
      clearInterval(timer);
    },
  };
}

/** Never rejects: what cannot be read leaves the last good keys. */
async function refreshed(
  known: Known,
  exchange: Exchange,
  say: (line: string) => void,
  now: () => number,
): Promise<void> {
  const problem = await refresh(known, exchange, now);
  if (problem !== known.problem)
    say(`issuer ${known.name} ${problem ?? "its keys are confirmed again"}`);
  known.problem = problem;
}

async function refresh(
  known: Known,
  exchange: Exchange,
  now: () => number,
): Promise<Problem | null> {
  try {
    const read = await readKeySet(await keySetText(known.config, exchange));
    if (!read.ok) return read.error;
    known.keys = read.value;
    known.confirmed = now();
    return null;
  } catch (error) {
    return error instanceof KeySourceError ? error.code : "issuer.unreachable";
  }
}
