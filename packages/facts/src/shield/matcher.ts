import {
  type Condition,
  type ConditionKind,
  conditionKey,
  type Effect,
  type ShieldMatch,
  type ShieldScope,
} from "@bylaw/core";
import type { Leaf } from "../infer/leaves.ts";
import { PATH_UNITS_MAX, SHIELD_SCAN_MAX, SHIELD_WORDS_MAX } from "../limits.ts";
import type { AnalysisOps } from "../ops.ts";
import type { World } from "../world.ts";
import { type Reached, reachedIn } from "./hosts.ts";
import { listedPath, normalPath, type PathIndex, pathIndex } from "./paths.ts";
import type { Subject } from "./subject.ts";

/** Where and how surely a condition holds. */
type Place = Pick<ShieldMatch, "scope" | "effect" | "certain">;

/** Matches of one action; null when it has more text than is compared. */
export type Matcher = (subject: Subject) => readonly ShieldMatch[] | null;

/** Conditions in the form that many of them can be compared with one action at once. */
export function createMatcher(
  conditions: readonly Condition[],
  world: World,
  ops: AnalysisOps,
): Matcher {
  const of = (...kinds: readonly ConditionKind[]): readonly Condition[] =>
    conditions.filter(({ kind }) => kinds.includes(kind));
  const indexOf = (kind: ConditionKind): PathIndex<Condition> =>
    pathIndex(of(kind).map((item) => ({ item, path: listedPath(item.value, world, ops) })));
  const [file, secret] = [indexOf("file.equals"), indexOf("secret.equals")];
  const network = networkIndex(of("network.domain", "network.ip", "network.url"));
  const named = new Map(of("skill.equals").map((condition) => [condition.value, condition]));
  const partly = of("skill.contains", "skill.author");
  const [inPaths, inPrompts, inCommands] = [
    of("secret.contains"),
    of("prompt.contains"),
    of("command.contains"),
  ];
  const [hashes, globs] = [of("file.hash"), of("server.matches")];
  const [calls, addresses] = [of("tool.equals"), of("email.equals")];
  return (subject) => {
    const { leaves, skills: events } = subject;
    const reached = leaves === null ? null : reachedIn(leaves);
    const words = leaves === null ? null : wordsIn(leaves, world);
    if (leaves === null || reached === null || words === null) return null;
    const scanned =
      units(words) * inPaths.length +
      units(subject.prompts) * inPrompts.length +
      units(subject.commands) * inCommands.length +
      events.length * partly.length;
    if (scanned > SHIELD_SCAN_MAX) return null;
    const found = new Found();
    skills(named, partly, events, found);
    hosts(network, [...hostsOf(subject), ...reached], found);
    files(file, subject, words, found);
    secrets(secret, inPaths, subject, words, found);
    contents(hashes, subject, ops, found);
    prompts(inPrompts, subject, found);
    commands(inCommands, subject, found);
    servers(globs, subject, found);
    tools(calls, subject, found);
    emails(addresses, subject, leaves, found);
    return found.list();
  };
}

function units(texts: readonly string[]): number {
  return texts.reduce((sum, text) => sum + text.length, 0);
}

/** One match per condition: a certain one before an uncertain one, then the first effect. */
class Found {
  readonly #byKey = new Map<string, ShieldMatch>();

  add(condition: Condition, place: Place): void {
    const key = conditionKey(condition);
    const before = this.#byKey.get(key);
    if (before === undefined || (place.certain && !before.certain))
      this.#byKey.set(key, { kind: condition.kind, value: condition.value, ...place });
  }

  list(): readonly ShieldMatch[] {
    return [...this.#byKey].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, match]) => match);
  }
}

const certainly = (scope: ShieldScope, effect: number | null): Place => ({
  scope,
  effect,
  certain: true,
});

function skills(
  named: ReadonlyMap<string, Condition>,
  partly: readonly Condition[],
  events: Subject["skills"],
  found: Found,
): void {
  for (const { scope, effect, names, publisher } of events) {
    for (const name of names) {
      const condition = named.get(name);
      if (condition !== undefined) found.add(condition, certainly(scope, effect));
    }
    for (const condition of partly) {
      const { kind, value } = condition;
      if (kind === "skill.contains") {
        if (names.some((name) => name.includes(value)))
          found.add(condition, certainly(scope, effect));
      } else if (publisher === null)
        // Nobody resolved the publisher, and the one that a caller claims is not asked.
        found.add(condition, { scope, effect, certain: false });
      else if (publisher === value) found.add(condition, certainly(scope, effect));
    }
  }
}

interface NetworkIndex {
  readonly hosts: ReadonlyMap<string, Condition>;
  /** Address conditions by host. */
  readonly urls: ReadonlyMap<
    string,
    readonly { readonly condition: Condition; readonly url: URL }[]
  >;
}

function networkIndex(conditions: readonly Condition[]): NetworkIndex {
  const hosts = new Map<string, Condition>();
  const urls = new Map<string, { condition: Condition; url: URL }[]>();
  for (const condition of conditions) {
    if (condition.kind !== "network.url") hosts.set(condition.value, condition);
    else {
      const { value } = condition;
      const url = new URL(value.startsWith("//") ? `http:${value}` : value);
      const known = urls.get(url.hostname);
      if (known === undefined) urls.set(url.hostname, [{ condition, url }]);
      else known.push({ condition, url });
    }
  }
  return { hosts, urls };
}

function hostsOf({ effects }: Subject): readonly Reached[] {
  return effects.flatMap(({ resource }, effect) => {
    const { name } = resource.attrs;
    if (resource.type !== "Host" || typeof name !== "string") return [];
    return [{ host: name.toLowerCase().replace(/\.$/, ""), url: null, effect }];
  });
}

function hosts(
  { hosts: listed, urls }: NetworkIndex,
  reached: readonly Reached[],
  found: Found,
): void {
  const whole = new Set(reached.flatMap(({ host, url }) => (url === null ? [] : [host])));
  const effects = new Map(
    reached.flatMap(({ host, effect }) => (effect === null ? [] : [[host, effect] as const])),
  );
  for (const { host, url } of reached) {
    const effect = effects.get(host) ?? null;
    for (const name of withParents(host)) {
      const condition = listed.get(name);
      if (condition !== undefined) found.add(condition, certainly("network.egress", effect));
    }
    for (const { condition, url: start } of urls.get(host) ?? [])
      if (url !== null && below(url, start, condition.value.startsWith("//")))
        found.add(condition, certainly("network.egress", effect));
      else if (url === null && !whole.has(host))
        // The host is right and nobody knows the path.
        found.add(condition, { scope: "network.egress", effect, certain: false });
  }
}

/** The name and every domain above it; an address alone. */
function withParents(host: string): readonly string[] {
  if (host.startsWith("[") || /^[\d.]+$/.test(host)) return [host];
  const labels = host.split(".");
  return labels.map((_, from) => labels.slice(from).join("."));
}

const PORTS: Readonly<Record<string, string>> = { "https:": "443", "wss:": "443", "ftp:": "21" };
const portOf = ({ port, protocol }: URL): string => port || (PORTS[protocol] ?? "80");

/** Same scheme, host and port, and the path below by whole segments. */
function below(url: URL, start: URL, anyScheme: boolean): boolean {
  if (anyScheme ? start.port !== "" && start.port !== portOf(url) : start.protocol !== url.protocol)
    return false;
  if (!anyScheme && portOf(url) !== portOf(start)) return false;
  const [path, from] = [decoded(url.pathname), decoded(start.pathname).replace(/\/$/, "")];
  return (path === from || path.startsWith(`${from}/`)) && url.search.startsWith(start.search);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Effects by which content may come out. What nobody described may do anything to what it names. */
function discloses({ action, source }: Effect): boolean {
  if (source === "inferred" || source === "unknown") return true;
  return ["read", "execute", "send", "publish", "install", "connect"].includes(action);
}

function files(
  index: PathIndex<Condition>,
  { effects }: Subject,
  words: readonly string[],
  found: Found,
): void {
  for (const [at, effect] of effects.entries())
    if (effect.resource.type === "File") onPath(index, effect, at, "tool.call", found);
  for (const word of words)
    for (const condition of index.named(word)) found.add(condition, certainly("tool.call", null));
}

function onPath(
  index: PathIndex<Condition>,
  { action, resource, quantity }: Effect,
  at: number,
  scope: ShieldScope,
  found: Found,
): void {
  const path = resource.id.toLowerCase();
  for (const condition of index.named(path)) found.add(condition, certainly(scope, at));
  if (quantity.known || action === "list") return;
  // What acts on a whole folder may act on the file in it.
  for (const condition of index.below(path))
    found.add(condition, { scope, effect: at, certain: false });
}

function secrets(
  index: PathIndex<Condition>,
  partly: readonly Condition[],
  { effects }: Subject,
  words: readonly string[],
  found: Found,
): void {
  const disclosing = [...effects.entries()].filter(([, effect]) => discloses(effect));
  const onFiles = disclosing.filter(([, { resource }]) =>
    ["File", "Secret"].includes(resource.type),
  );
  const spelled = disclosing.length > 0 ? words : [];
  for (const [at, effect] of onFiles) onPath(index, effect, at, "secrets.read", found);
  for (const word of spelled)
    for (const condition of index.named(word))
      found.add(condition, certainly("secrets.read", null));
  for (const condition of partly) {
    const value = condition.value.toLowerCase();
    const one = onFiles.find(([, { resource }]) => resource.id.toLowerCase().includes(value));
    if (one !== undefined) found.add(condition, certainly("secrets.read", one[0]));
    else if (spelled.some((word) => word.includes(value)))
      found.add(condition, certainly("secrets.read", null));
  }
}

function contents(
  conditions: readonly Condition[],
  subject: Subject,
  ops: AnalysisOps,
  found: Found,
): void {
  if (conditions.length === 0) return;
  const listed = new Map(conditions.map((condition) => [`sha256:${condition.value}`, condition]));
  for (const path of subject.files) {
    const condition = listed.get(ops.fileDigest(path) ?? "");
    const at = subject.effects.findIndex(({ resource }) => resource.id === path);
    if (condition !== undefined) found.add(condition, certainly("tool.call", at < 0 ? null : at));
  }
}

function prompts(conditions: readonly Condition[], subject: Subject, found: Found): void {
  if (conditions.length === 0) return;
  const texts = subject.prompts.map((text) => text.normalize("NFC").toLowerCase());
  for (const condition of conditions)
    if (texts.some((text) => text.includes(condition.value.toLowerCase())))
      found.add(condition, certainly("prompt", null));
}

function commands(conditions: readonly Condition[], subject: Subject, found: Found): void {
  if (conditions.length === 0) return;
  // Quotes and backslashes inside a word mean nothing to a shell, and blanks are one.
  const plain = (text: string): string => text.replace(/["'\\]/g, "").replace(/\s+/g, " ");
  const texts = subject.commands.flatMap((text) => [text, plain(text)]);
  for (const condition of conditions)
    if (texts.some((text) => text.includes(condition.value)))
      found.add(condition, certainly("tool.call", null));
}

function servers(
  conditions: readonly Condition[],
  { request, effects }: Subject,
  found: Found,
): void {
  const own = request.gateway === "mcp" ? [{ name: request.upstream, effect: null }] : [];
  const named = effects.flatMap(({ resource }, effect) =>
    resource.type === "Server" ? [{ name: resource.id, effect }] : [],
  );
  for (const condition of conditions)
    for (const { name, effect } of [...own, ...named])
      if (globbed(name.toLowerCase(), condition.value.toLowerCase()))
        found.add(condition, certainly("mcp", effect));
}

/** `*` is any run of characters. Scans forward, never back. */
function globbed(text: string, pattern: string): boolean {
  const parts = pattern.split("*");
  const first = parts[0] ?? "";
  const last = parts.at(-1) ?? "";
  if (parts.length === 1) return text === pattern;
  if (text.length < first.length + last.length) return false;
  if (!text.startsWith(first) || !text.endsWith(last)) return false;
  let from = first.length;
  for (const part of parts.slice(1, -1)) {
    const at = text.indexOf(part, from);
    if (at < 0) return false;
    from = at + part.length;
  }
  return from <= text.length - last.length;
}

function tools(
  conditions: readonly Condition[],
  { request, toolCall }: Subject,
  found: Found,
): void {
  if (!toolCall || request.target === null) return;
  const known = [request.target, `${request.upstream}/${request.target}`];
  for (const condition of conditions)
    if (known.includes(condition.value)) found.add(condition, certainly("tool.call", null));
}

function emails(
  conditions: readonly Condition[],
  subject: Subject,
  leaves: readonly Leaf[],
  found: Found,
): void {
  if (conditions.length === 0) return;
  const named = leaves
    .filter(({ text }) => text.length <= 1_024)
    .flatMap(({ text }) => text.toLowerCase().split(/[\s<>,;"'()]+/));
  const channels = subject.effects.map(({ resource }) => resource.id.toLowerCase());
  const addresses = new Set([...named, ...channels]);
  for (const condition of conditions)
    if (addresses.has(condition.value)) found.add(condition, certainly("network.egress", null));
}

/** Texts that may be a path as a whole, and every word of a command, spelled as paths are compared. */
function wordsIn(leaves: readonly Leaf[], world: World): readonly string[] | null {
  const words: string[] = [];
  for (const { text, kind } of leaves) {
    if (text.length <= PATH_UNITS_MAX) words.push(text.trim());
    if (kind !== "command") continue;
    words.push(...text.split(/[\s"'`;|&<>()=,]+/, SHIELD_WORDS_MAX + 1));
    if (words.length > SHIELD_WORDS_MAX + leaves.length) return null;
  }
  return words.filter((word) => word !== "").map((word) => spelling(word, world));
}

/** A word of a call as a path would be compared. */
function spelling(word: string, world: World): string {
  const home = world.home ?? "~";
  const path = word.replace(/^(?:~|\$HOME|\$\{HOME\})(?=\/)/, () => home);
  return (path.startsWith("/") ? normalPath(path) : path).toLowerCase();
}
