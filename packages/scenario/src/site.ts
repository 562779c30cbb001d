import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readPack, splitPolicies } from "@bylaw/bundle";
import type { JsonObject } from "@bylaw/core";
import { grantPolicy } from "./grant.ts";
import { AUDIENCE, issuerOf, keySetOf, type Signer } from "./passport.ts";
import type { Given, Grant, Scenario, Threat } from "./scenario.ts";
import type { GatewayName } from "./stage.ts";
import { definitionDigest } from "./world/definition.ts";
import { worldFile } from "./world/make.ts";
import type { Place } from "./world/place.ts";
import { toolsOf } from "./world/tools.ts";

/** Bylaw's side of a scenario: a folder with its configuration, and the data folder beside it. */
export interface Site {
  readonly folder: string;
  readonly data: string;
  readonly config: string;
  /** Holds the gateway's time, in milliseconds since the epoch. */
  readonly clock: string;
  /** Adds or replaces one policy file; it counts from the next reload on. */
  putPolicies(name: string, text: string): void;
}

const SYSTEM = fileURLToPath(new URL(`./system-main.js`, import.meta.url));
const DAY_MS = 86_400_000;

/** Every agent may reach the systems that the scenario gives; what it does there is for the policies. */
const CONNECT = `@id("scenario-connect")
@reason("the agents of a scenario are connected to its systems")
permit (principal is Agent, action in [Action::"connect", Action::"list"], resource is Server);
`;

export interface SiteOptions {
  /** Ids of policies that are left out wherever they are. */
  readonly without: ReadonlySet<string>;
  readonly via: GatewayName;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly issuers: readonly Signer[];
}

/** Writes the configuration of a scenario. */
export async function writeSite(
  root: string,
  scenario: Scenario,
  place: Place,
  { without, via, now, issuers }: SiteOptions,
): Promise<Site> {
  const folder = join(root, "site");
  const policies = join(folder, "policies");
  mkdirSync(policies, { recursive: true });
  const { given } = scenario;
  const site: Site = {
    folder,
    data: join(root, "data"),
    config: join(folder, "bylaw.yaml"),
    clock: join(root, "clock"),
    putPolicies: (name, text) =>
      writeFileSync(join(policies, `${name}.cedar`), remaining(name, text, without)),
  };
  const start = given.clock === undefined ? now : Date.parse(given.clock);
  writeFileSync(site.clock, String(start));
  site.putPolicies("scenario-connect", CONNECT);
  if (given.policies !== undefined) site.putPolicies("own", given.policies);
  for (const [id, grant] of Object.entries(given.grants ?? {})) putGrant(site, id, grant);
  const packs = await packsOf(site, given, without);
  const catalog = join(folder, "catalog.yaml");
  writeFileSync(catalog, JSON.stringify(catalogOf(scenario, via), null, 2));
  const threats = (given.threats ?? []).filter(({ id }) => !without.has(`shield:${id}`));
  if (threats.length > 0)
    writeFileSync(join(folder, "threats.json"), feedOf(threats, start + 365 * DAY_MS));
  const shield = threats.length > 0 ? { shield: { feeds: ["./threats.json"] } } : {};
  const config = {
    ...configOf(given, place),
    ...issuersOf(folder, given, issuers),
    packs,
    catalog: ["./catalog.yaml"],
    ...shield,
  };
  writeFileSync(site.config, JSON.stringify(config, null, 2));
  return site;
}

export function putGrant(site: Site, id: string, grant: Grant): void {
  site.putPolicies(`grant-${id}`, grantPolicy(id, grant));
}

function remaining(file: string, text: string, without: ReadonlySet<string>): string {
  if (without.size === 0) return text;
  return splitPolicies({ file, text })
    .map((statement) => statement.text)
    .filter((one) => ![...without].some((id) => one.includes(`@id("${id}")`)))
    .join("\n\n");
}

/** The packs as they are; one of which something is left out becomes a file of its own. */
async function packsOf(
  site: Site,
  { packs = ["base", "starter"] }: Given,
  without: ReadonlySet<string>,
): Promise<readonly string[]> {
  const whole: string[] = [];
  for (const pack of packs) {
    const { text } = await readPack(pack);
    if ([...without].some((id) => text.includes(`@id("${id}")`)))
      site.putPolicies(`pack-${pack}`, text);
    else whole.push(pack);
  }
  return whole;
}

/** Issuers whose passports are taken, each with its keys in a file. */
function issuersOf(
  folder: string,
  { issuers = {} }: Given,
  signers: readonly Signer[],
): { readonly issuers?: JsonObject } {
  const trusted = signers.filter(({ name }) => issuers[name]?.trusted ?? true);
  if (trusted.length === 0) return {};
  const entries = trusted.map((signer): [string, JsonObject] => {
    const file = `${signer.name}-keys.json`;
    writeFileSync(join(folder, file), JSON.stringify(keySetOf(signer)));
    const issuer = issuerOf(signer.name);
    return [signer.name, { issuer, audience: AUDIENCE, jwks: `./${file}`, subject: "agent" }];
  });
  return { issuers: Object.fromEntries(entries) };
}

function configOf(given: Given, place: Place): JsonObject {
  const people = Object.entries(given.people ?? {});
  const directory =
    people.length === 0
      ? {}
      : { people: Object.fromEntries(people.map(([name, groups]) => [name, { groups }])) };
  const upstreams = Object.entries(given.systems).map(([name, system]): [string, JsonObject] => [
    name,
    {
      command: [process.execPath, SYSTEM, worldFile(place), name],
      cwd: place.workspace,
      environment: system.environment ?? "unknown",
      labels: system.labels ?? [],
      reviewed: system.reviewed ?? true,
    },
  ]);
  return {
    version: 1,
    workspaces: [place.workspace],
    ...directory,
    agents: Object.fromEntries(
      Object.entries(given.agents).map(([name, agent]) => [
        name,
        { user: agent.for ?? null, groups: agent.groups ?? [], prompts: true },
      ]),
    ),
    upstreams: Object.fromEntries(upstreams),
    policies: ["./policies"],
    watch: false,
    shadow: { share: 0 },
    // A held call gets its handle at once: the people of a scenario answer between two calls.
    holds: { limit: "1ms", ttl: "15m" },
  };
}

/** What a tool that is redefined later was when it was reviewed is in its entry: calls through MCP carry it. */
function catalogOf({ given, when }: Scenario, via: GatewayName): JsonObject {
  const redefined = new Set(when.flatMap((step) => step.redefine ?? []));
  const entries = Object.entries(given.systems).flatMap(([system, one]) =>
    toolsOf(system, one).flatMap((tool): readonly [string, JsonObject][] => {
      if (tool.catalog === null) return [];
      const key = `${system}/${tool.name}`;
      const bound = via === "mcp" && redefined.has(key);
      const definition = bound ? { definition: definitionDigest(system, tool) } : {};
      return [[key, { ...tool.catalog, ...definition }]];
    }),
  );
  return { version: 1, tools: Object.fromEntries(entries) };
}

/** SHIELD entries as a feed has them. */
function feedOf(threats: readonly Threat[], year: number): string {
  const data = threats.map((threat) => ({
    id: threat.id,
    title: threat.title ?? threat.id,
    category: threat.category ?? "supply_chain",
    severity: threat.severity ?? "critical",
    confidence: threat.confidence ?? 1,
    action: threat.action ?? "block",
    recommendation_agent: threat.says,
    expires_at: threat.expires ?? new Date(year).toISOString(),
    revoked: threat.revoked ?? false,
    iocs: threat.indicators ?? [],
  }));
  return JSON.stringify({ success: true, data }, null, 2);
}
