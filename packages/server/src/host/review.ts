import { createHash } from "node:crypto";
import {
  type AlarmRecord,
  canonicalize,
  canonicalTime,
  type JsonObject,
  type ToolDefinition,
} from "@bylaw/core";
import {
  type DefinitionFinding,
  type NamedTool,
  nameFindings,
  neighboursOf,
  textFindings,
} from "@bylaw/facts";
import type { Review, ShownTool } from "@bylaw/gateway";
import type { DefinitionKind, DefinitionName, Store, StoredDefinition } from "@bylaw/store";
import type { Config, Pinning, UpstreamConfig } from "../config/config.ts";
import { createExclusive } from "./exclusive.ts";
import type { Identify } from "./server-identity.ts";

/** UTF-16 units of one definition; nobody reviews a longer one. */
const DEFINITION_UNITS_MAX = 262_144;
/** UTF-16 units of a tool's name. */
const NAME_UNITS_MAX = 256;
/** Milliseconds that what other gateways of a shared store have accepted may stay unknown. */
const SHARED_STALE_MS = 1_000;
/** Definitions that one alarm names. */
const NAMED_MAX = 20;

/** Who accepts what is trusted without being asked; no person can have a name with a blank. */
const FIRST_SIGHT = "first sight";
const CONFIGURATION = "the configuration";

export interface ReviewOptions {
  readonly store: Store;
  readonly config: Pick<Config, "pinning" | "upstreams">;
  readonly identify: Identify;
  /** Told who an upstream is by now that may be used. */
  readonly accepted: (upstream: UpstreamConfig) => void;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** What is known of a server's definitions: by kind and name, every version of each. */
interface Known {
  readonly at: number;
  readonly versions: ReadonlyMap<string, readonly StoredDefinition[]>;
}

/** Something that a server shows, with what was found about it. */
interface Shown extends DefinitionName {
  readonly digest: string;
  readonly content: string;
  readonly findings: readonly DefinitionFinding[];
}

export interface Pins extends Review {
  /** Told of a person's word, so that it counts at once. */
  forget(server: string): void;
}

/**
 * Keeps what servers say about themselves to what was accepted. A change waits for a person whatever the
 * mode, and meanwhile the tool is withheld: to go on listing the old definition would describe what
 * no longer runs.
 */
export function createReview({ store, config, identify, accepted, now }: ReviewOptions): Pins {
  const inTurn = createExclusive();
  const known = new Map<string, Known>();
  let forgotten = 0;

  async function load(server: string): Promise<Known> {
    const started = forgotten;
    const versions = new Map<string, StoredDefinition[]>();
    for (const one of await store.definitions.list(server)) {
      const there = versions.get(keyOf(one));
      if (there === undefined) versions.set(keyOf(one), [one]);
      else there.push(one);
    }
    const loaded = { at: now(), versions };
    // What was read before a person's word must not outlive it.
    if (forgotten === started) known.set(server, loaded);
    return loaded;
  }

  async function current(server: string): Promise<Known> {
    const cached = known.get(server);
    const stale = store.shared && cached !== undefined && now() - cached.at > SHARED_STALE_MS;
    return cached === undefined || stale ? load(server) : cached;
  }

  /** Alone among all gateways of the store: two sessions may both see a server for the first time. */
  const alone = <T>(server: string, step: () => Promise<T>): Promise<T> =>
    inTurn(server, () => store.alone(`definitions ${server}`, step));

  /** Accepts what nothing was known about before; on record before it counts. */
  async function trust(shown: Shown, by: string): Promise<void> {
    const id = nameOf(shown);
    await store.log.append(
      {
        v: 1,
        kind: "change",
        at: canonicalTime(now()),
        subject: "definition",
        id,
        before: null,
        after: shown.digest,
        by,
      },
      "write",
      null,
    );
    const { server, kind, name, digest } = shown;
    await store.definitions.judge({ server, kind, name, digest, verdict: "accepted", by });
  }

  /** Remembers what is not known yet. In: who answers for first sight; null where a person must. */
  async function see(
    server: string,
    shown: readonly Shown[],
    sponsor: (one: Shown) => string | null,
  ): Promise<void> {
    const before = await current(server);
    const unknown = shown.filter((one) => !isKnown(before, one));
    if (unknown.length === 0) return;
    const seen = await Promise.all(
      unknown.map(async (one): Promise<string | null> => {
        const { kind, name, digest, content } = one;
        const findings = JSON.stringify(one.findings);
        const at = now();
        const sighting = await store.definitions.see({
          server,
          kind,
          name,
          digest,
          content,
          findings,
          at,
        });
        const by = sighting.first ? sponsor(one) : null;
        if (by !== null) await trust(one, by);
        if (!sighting.news || (by !== null && one.findings.length === 0)) return null;
        return described(one, by !== null ? "accepted" : sighting.first ? "new" : "changed");
      }),
    );
    const news = seen.filter((text) => text !== null);
    if (news.length > 0) await raise(server, news);
    await load(server);
  }

  async function raise(server: string, news: readonly string[]): Promise<void> {
    const rest = news.length - NAMED_MAX;
    const more = rest > 0 ? ` and ${rest} more` : "";
    const record: AlarmRecord = {
      v: 1,
      kind: "alarm",
      at: canonicalTime(now()),
      code: "definition.seen",
      bundle: null,
      action: null,
      by: null,
      text: `${server}: ${news.slice(0, NAMED_MAX).join("; ")}${more}`,
    };
    await store.log.append(record, "write", null);
  }

  async function identity(server: string, started: boolean): Promise<string | null> {
    const upstream = config.upstreams[server];
    if (upstream === undefined) return "definition.identity";
    const { whole, reached, content } = await identify(upstream);
    // A server that is away for a moment has not become another one.
    if (!reached) return "upstream.unreachable";
    if (!whole && !started) return null; // what it installs is known when it has answered
    const shown = shownOf(server, "identity", "", content, []);
    const before = await current(server);
    if (!isAccepted(before, shown))
      await alone(server, () => see(server, [shown], () => CONFIGURATION));
    if (!isAccepted(await current(server), shown)) return "definition.identity";
    accepted(upstream);
    return null;
  }

  async function instructions(server: string, text: string): Promise<string | null> {
    if (text.length > DEFINITION_UNITS_MAX) return "definition.unfit";
    const content = { instructions: text };
    const shown = shownOf(server, "instructions", "", content, textFindings(content));
    await alone(server, () => see(server, [shown], sponsorOf(config.pinning)));
    return judgement(await current(server), shown);
  }

  async function tools(
    server: string,
    offered: readonly ShownTool[],
    whole: boolean,
  ): Promise<(definition: ToolDefinition) => string | null> {
    const fit = once(offered.filter(isFit));
    const before = await current(server);
    const fresh = fit.some(({ definition }) => !isKnown(before, toolName(server, definition)));
    if (fresh || (whole && !hasListing(before) && fit.length > 0))
      await alone(server, () => takeNote(server, fit, whole));
    const after = await current(server);
    return (definition) => judgement(after, toolName(server, definition));
  }

  async function takeNote(
    server: string,
    offered: readonly ShownTool[],
    whole: boolean,
  ): Promise<void> {
    const before = await current(server);
    const others = await neighbours(server, offered);
    const shown = offered
      .filter((tool) => !isKnown(before, toolName(server, tool.definition)))
      .map((tool): Shown => {
        const { name } = tool.definition;
        const findings = [
          ...nameFindings({ server, name }, others),
          ...textFindings(JSON.parse(tool.content) as JsonObject),
        ];
        return { ...toolName(server, tool.definition), content: tool.content, findings };
      });
    // Only what a server offers from the start is trusted: a tool that it adds later is a change.
    const sponsor = hasListing(before) ? (): null => null : sponsorOf(config.pinning);
    await see(server, shown, sponsor);
    if (!whole || hasListing(before) || offered.length === 0) return;
    const listing = shownOf(server, "listing", "", { tools: offered.length }, []);
    await see(server, [listing], () => FIRST_SIGHT);
  }

  /** Every name that an agent could take for another: those of all servers that are configured. */
  async function neighbours(
    server: string,
    offered: readonly ShownTool[],
  ): Promise<ReturnType<typeof neighboursOf>> {
    const stored = (await store.definitions.list()).filter(
      (one) =>
        one.kind === "tool" &&
        one.state !== "former" &&
        one.server !== server &&
        Object.hasOwn(config.upstreams, one.server),
    );
    const own = offered.map(({ definition: { name } }): NamedTool => ({ server, name }));
    const named = new Map([...stored, ...own].map((one) => [`${one.server}/${one.name}`, one]));
    return neighboursOf([...named.values()]);
  }

  if (config.pinning === "off")
    return {
      identity: async () => null,
      instructions: async () => null,
      tools: async () => () => null,
      tool: async () => null,
      forget: () => undefined,
    };
  return {
    identity,
    instructions,
    tools,
    tool: async (server, definition) =>
      judgement(await current(server), toolName(server, definition)),
    forget(server) {
      forgotten += 1;
      known.delete(server);
    },
  };
}

function sponsorOf(pinning: Pinning): (shown: Shown) => string | null {
  if (pinning !== "trust-first") return () => null;
  // What only is worth a look is shown and trusted; what may mislead waits.
  return ({ findings }) =>
    findings.every(({ severity }) => severity === "low") ? FIRST_SIGHT : null;
}

function shownOf(
  server: string,
  kind: DefinitionKind,
  name: string,
  content: JsonObject,
  findings: readonly DefinitionFinding[],
): Shown {
  const text = canonicalize(content);
  const digest = `sha256:${createHash("sha256").update(text).digest("hex")}`;
  return { server, kind, name, digest, content: text, findings };
}

type Version = DefinitionName & { readonly digest: string };

function toolName(server: string, { name, digest }: ToolDefinition): Version {
  return { server, kind: "tool", name, digest };
}

/** Whether a tool can be kept and reviewed. */
function isFit({ definition: { name }, content }: ShownTool): boolean {
  // No database keeps this character in a text.
  if (name.includes("\0")) return false;
  return content.length <= DEFINITION_UNITS_MAX && name.length <= NAME_UNITS_MAX;
}

/** Without names that occur twice: nobody can say which tool is meant, and no agent sees one. */
function once(tools: readonly ShownTool[]): readonly ShownTool[] {
  const counts = new Map<string, number>();
  for (const { definition } of tools)
    counts.set(definition.name, (counts.get(definition.name) ?? 0) + 1);
  return tools.filter(({ definition }) => counts.get(definition.name) === 1);
}

function keyOf({ kind, name }: Pick<DefinitionName, "kind" | "name">): string {
  return `${kind} ${name}`;
}

function stateOf({ versions }: Known, wanted: Version): StoredDefinition["state"] | null {
  const found = versions.get(keyOf(wanted))?.find(({ digest }) => digest === wanted.digest);
  return found?.state ?? null;
}

/** What was in force earlier and comes back is news. */
function isKnown(known: Known, wanted: Version): boolean {
  const state = stateOf(known, wanted);
  return state !== null && state !== "former";
}

function isAccepted(known: Known, wanted: Version): boolean {
  return stateOf(known, wanted) === "accepted";
}

function hasListing({ versions }: Known): boolean {
  return versions.has(keyOf({ kind: "listing", name: "" }));
}

function judgement(known: Known, wanted: Version): string | null {
  const state = stateOf(known, wanted);
  if (state === "accepted") return null;
  if (state === "rejected") return "definition.rejected";
  if (state === null) return "definition.unfit";
  const versions = known.versions.get(keyOf(wanted)) ?? [];
  return versions.length > 1 ? "definition.changed" : "definition.new";
}

/** As the catalog writes it: `server/tool`, or `server#instructions`. */
export function nameOf({ server, kind, name }: DefinitionName): string {
  return kind === "tool" ? `${server}/${name}` : `${server}#${kind}`;
}

function described({ kind, name, findings }: Shown, what: "accepted" | "new" | "changed"): string {
  const rules = [...new Set(findings.map(({ rule }) => rule))].join(", ");
  return `${kind === "tool" ? name : kind} (${what}${rules === "" ? "" : `; ${rules}`})`;
}
