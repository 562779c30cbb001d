import type { World } from "./world.ts";

/** Where the gateway itself is: what an agent reaches there changes the rules that it runs under. */
export interface OwnPlace {
  /** Folders of its data and of its sockets: keys, tokens and the log. */
  readonly folders: readonly string[];
  /** Where it listens, and where it is reached through a proxy. */
  readonly addresses: readonly OwnAddress[];
  readonly process: number;
}

export interface OwnAddress {
  /** Host name as the URL standard writes it. */
  readonly name: string;
  readonly port: number;
}

/** Names of the machine itself. One that only a resolver leads here is not known without asking it. */
const LOOPBACK =
  /^(?:127(?:\.\d+){3}|0\.0\.0\.0|(?:.+\.)?localhost|ip6-localhost|\[::1?\]|\[::ffff:(?:7f[0-9a-f]{2}:[0-9a-f]{1,4}|0:0)\])$/;

/** In: a canonical host name and a port. Out: whether the gateway listens there. */
export function isOwnAddress(name: string, port: number, { own }: World): boolean {
  if (own === undefined) return false;
  const local = LOOPBACK.test(name);
  return own.addresses.some((address) => address.port === port && (address.name === name || local));
}

/** Commands of `bylaw` that change nothing and tell nothing about others. */
export const READING_COMMANDS = "status check test scan --version -V --help -h help";

const CHANGING =
  "agent|approvals|audit|connect|definitions|disconnect|doctor|down|explain|grant|halt|init|passport|person|policy|resume|shield|up|witness|isolate|catalog";
/** A command of Bylaw in a text of any language: as words, as a list of strings, behind a path. */
const COMMAND = new RegExp(
  `\\bbylaw\\b(?:@[\\w.-]+|\\.[cm]?js)?["'\`\\s,)\\]]{1,8}(?:-{1,2}[\\w-]+[^;\\n]{0,80}?["'\`\\s,]{1,4})?(?:${CHANGING})\\b`,
);
/** A process found by its name, to be ended. */
const PROCESS = /\b(?:pgrep|pidof|fuser|lsof)\b[^;\n]{0,80}\bbylaw\b|\bgateway\.json\b/;

/**
 * Whether a text names an administrative command of Bylaw, its socket, its data or its process. Asked of
 * texts that were not read to the end: there, naming it is taken for doing it.
 */
export function namesBylaw(text: string, { own }: World): boolean {
  if (/\b(?:admin\.(?:sock|token)|log\.key|passport\.key|digest\.key|hook\.key)\b/.test(text))
    return true;
  if (own?.folders.some((folder) => text.includes(folder)) === true) return true;
  return COMMAND.test(text) || PROCESS.test(text);
}
