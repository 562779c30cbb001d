import { posix } from "node:path";
import { type File, type Finding, isProduct, roomOf, seen } from "./repository.ts";
import { importsOf, tokensOf } from "./tokens.ts";

/** What one package may reach. Lists are closed: what is not on them is an edge that needs a reason. */
interface Room {
  readonly packages: readonly string[];
  readonly libraries: readonly string[];
  /** Node's modules; "*" for all. */
  readonly node: readonly string[] | "*";
}

/** core <- bundle, facts, identity, ledger <- store, gateway <- server <- cli; siblings stay apart. */
const ROOMS: Readonly<Record<string, Room>> = {
  core: { packages: [], libraries: [], node: [] },
  bundle: {
    packages: ["core"],
    libraries: ["@cedar-policy/cedar-wasm", "yaml"],
    node: ["crypto", "fs", "module", "path", "url"],
  },
  facts: {
    packages: ["core"],
    libraries: ["libpg-query", "re2js", "yaml", "zod"],
    node: ["buffer", "crypto", "path"],
  },
  identity: { packages: ["core"], libraries: ["jose"], node: ["crypto"] },
  ledger: { packages: ["core"], libraries: [], node: ["crypto", "util"] },
  store: {
    packages: ["core", "ledger"],
    libraries: ["@photostructure/sqlite", "kysely", "pg"],
    node: ["crypto", "fs", "module", "path", "url", "worker_threads", "zlib"],
  },
  gateway: {
    packages: ["core"],
    libraries: ["undici"],
    node: [
      "buffer",
      "child_process",
      "crypto",
      "events",
      "http",
      "stream",
      "string_decoder",
      "tls",
      "util",
    ],
  },
  server: {
    packages: ["core", "bundle", "facts", "identity", "ledger", "store", "gateway"],
    libraries: ["@hono/node-server", "hono", "oauth4webapi", "yaml", "zod"],
    node: "*",
  },
  sdk: { packages: ["core"], libraries: [], node: "*" },
  // The world around Bylaw: agents, people, systems with state of their own, and `bylaw` as a command.
  scenario: {
    packages: ["core", "bundle", "sdk"],
    libraries: ["@photostructure/sqlite", "yaml"],
    node: "*",
  },
  cli: {
    packages: [
      "core",
      "bundle",
      "facts",
      "ledger",
      "store",
      "gateway",
      "scenario",
      "server",
      "demo",
    ],
    libraries: ["commander"],
    node: "*",
  },
};

/** Why an edge is forbidden; the first entry that fits speaks. */
const REASONS: readonly {
  readonly from?: string;
  readonly to: RegExp;
  readonly because: string;
}[] = [
  {
    from: "core",
    to: /^/,
    because: "core decides the same way everywhere and for ever, so it depends on nothing",
  },
  {
    to: /^@cedar-policy\//,
    because: "only bundle turns policy text into a bundle; one parser, checked in one place",
  },
  {
    to: /^undici$/,
    because: "only gateway forwards; a second way out is a way around the verdict",
  },
  {
    to: /^(@photostructure\/sqlite|kysely|pg)$/,
    because: "only store keeps state; claims and records share its transactions",
  },
  { to: /^libpg-query$/, because: "only facts reads what an action does" },
  {
    to: /^@modelcontextprotocol\//,
    because: "the official SDK is the other side in tests; the hot path has its own framing",
  },
  {
    from: "facts",
    to: /^node:/,
    because: "analyzers are pure: look-ups come in through ops, so a decision can be made again",
  },
  {
    from: "ledger",
    to: /^node:/,
    because: "proofs know no storage: tiles come in through ops, so anyone can verify offline",
  },
  {
    to: /^node:(https?|http2|net|tls|dgram)$/,
    because: "only gateways and the server talk to a network",
  },
  {
    to: /^node:child_process$/,
    because: "only gateways start upstreams, only the cli starts a server",
  },
  { to: /^node:/, because: "this package takes effects on the world from its ops" },
  {
    from: "sdk",
    to: /^(@bylaw\/|bylaw$)/,
    because: "agent authors install no part of the gateway; types of core are erased",
  },
  {
    to: /^(@bylaw\/server|bylaw)$/,
    because: "the composition root depends on everything, so nothing below may depend on it",
  },
  {
    to: /^@bylaw\//,
    because: "siblings meet in the package above both: move the type to core or hand in an op",
  },
  { to: /^/, because: "a dependency needs a caller, a licence and an entry in house/layering.ts" },
];

/** Each gateway is one enforcement point; what two of them share lies beside their folders. */
const GATEWAYS = /^packages\/gateway\/src\/(mcp|sdk|hook|http|llm|registry|sql|authzen)\//;

interface Manifest {
  readonly name: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

/** Forbidden edges in manifests (`packages/x/package.json`) and in product sources. */
export function layering(files: readonly File[]): readonly Finding[] {
  const manifests = seen(
    files.filter(({ path }) => /^packages\/[^/]+\/package\.json$/.test(path)),
    "manifests",
  );
  const sources = seen(
    files.filter(({ path }) => isProduct(path)),
    "sources",
  );
  return [...manifests.flatMap(manifestFindings), ...sources.flatMap(sourceFindings)];
}

function manifestFindings(file: File): readonly Finding[] {
  const manifest = JSON.parse(file.text) as Manifest;
  const room = roomOf(file.path);
  const found = (rule: string, because: string): Finding => ({
    rule,
    file: file.path,
    line: 1,
    because,
  });
  if (ROOMS[room] === undefined)
    return [found("layering.room", `\`${room}\` has no entry in house/layering.ts`)];
  if (manifest.name !== (room === "cli" ? "bylaw" : `@bylaw/${room}`))
    return [found("layering.name", `\`${manifest.name}\` is not the name of its folder`)];
  return Object.keys({
    ...manifest.dependencies,
    ...manifest.optionalDependencies,
    ...manifest.peerDependencies,
  })
    .filter((dependency) => room === "sdk" || !mayReach(room, dependency))
    .map((dependency) =>
      found("layering.manifest", `\`${dependency}\`: ${reasonFor(room, dependency)}`),
    );
}

function sourceFindings(file: File): readonly Finding[] {
  const room = roomOf(file.path);
  const { imports, computed } = importsOf(tokensOf(file.text));
  const found = (rule: string, line: number, because: string): Finding => ({
    rule,
    file: file.path,
    line,
    because,
  });
  const edges = imports.flatMap(({ specifier, typeOnly, line }) => {
    if (specifier.startsWith(".")) return relativeFindings(file.path, specifier, line, found);
    // Types are erased, but a type from a sibling still couples the two.
    if (room === "sdk" && specifier === "@bylaw/core" && typeOnly) return [];
    const allowed = mayReach(room, specifier) && (room !== "sdk" || specifier.startsWith("node:"));
    return allowed
      ? []
      : [found("layering.import", line, `\`${specifier}\`: ${reasonFor(room, specifier)}`)];
  });
  const unknown = computed.map((line) =>
    found("layering.computed", line, "an import that is computed cannot be checked"),
  );
  return [...edges, ...unknown];
}

function relativeFindings(
  path: string,
  specifier: string,
  line: number,
  found: (rule: string, line: number, because: string) => Finding,
): readonly Finding[] {
  const target = posix.join(posix.dirname(path), specifier);
  if (!target.startsWith(`packages/${roomOf(path)}/`))
    return [
      found("layering.relative", line, `\`${specifier}\` leaves the package: import it by name`),
    ];
  const own = GATEWAYS.exec(path)?.[1];
  const other = GATEWAYS.exec(target)?.[1];
  if (own !== undefined && other !== undefined && own !== other)
    return [found("layering.gateway", line, `\`${specifier}\`: one gateway never imports another`)];
  return [];
}

function mayReach(name: string, specifier: string): boolean {
  const room = ROOMS[name];
  if (room === undefined) return false;
  if (specifier.startsWith("node:"))
    return room.node === "*" || room.node.includes(specifier.slice(5).split("/")[0] ?? "");
  const dependency = packageOf(specifier);
  return dependency.startsWith("@bylaw/")
    ? room.packages.includes(dependency.slice("@bylaw/".length))
    : room.libraries.includes(dependency);
}

/** `@scope/name/sub` and `name/sub` without the sub-path. */
function packageOf(specifier: string): string {
  return specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
}

function reasonFor(room: string, specifier: string): string {
  const reason = REASONS.find(
    ({ from, to }) => (from === undefined || from === room) && to.test(specifier),
  );
  if (reason === undefined) throw new Error(`no reason covers ${room} -> ${specifier}`);
  return reason.because;
}
