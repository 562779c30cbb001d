import { bundle } from "./examples/bundle.ts";
import * as decision from "./examples/decision.ts";
import * as facts from "./examples/facts.ts";
import * as record from "./examples/record.ts";
import * as request from "./examples/request.ts";
import * as written from "./examples/written.ts";

/** Test vectors of one format: what every implementation accepts and what none does. */
export interface Vectors {
  readonly valid: Readonly<Record<string, unknown>>;
  readonly invalid: readonly Invalid[];
}

export interface Invalid {
  readonly name: string;
  /** JSON Pointer to the value that is refused, or that lacks or has too much. */
  readonly at: string;
  readonly value: unknown;
}

const { smallestConfig, config, catalog } = written;
const sha = `sha256:${"0".repeat(64)}`;

/** By the name of the schema: `schemas/<name>.schema.json`, `vectors/<name>.json`. */
const DELEGATION = {
  id: "del_1",
  from: "intake",
  to: "helper",
  actions: ["read"],
  resources: null,
  quantity: 10,
  cost: null,
  expires: "2026-02-03T10:00:00.000Z",
  depth: 0,
};

export const VECTORS: Readonly<Record<string, Vectors>> = {
  request: {
    valid: { ...request },
    invalid: [
      spoilt("a gateway nobody has", request.toolCall, "/gateway", "ftp"),
      spoilt("nobody acts", request.toolCall, "/caller/chain", []),
      spoilt("a group that is not a name", request.toolCall, "/caller/chain/0/groups/0", 7),
      spoilt("a principal that is a tool", request.toolCall, "/caller/chain/0/type", "Tool"),
      spoilt("arguments that are a list", request.toolCall, "/arguments", []),
      spoilt("a digest in capitals", request.toolCall, "/bytes/digest", sha.toUpperCase()),
      spoilt("a negative length", request.toolCall, "/bytes/length", -1),
      spoilt("an empty id", request.toolCall, "/id", ""),
    ],
  },
  facts: {
    valid: { ...facts },
    invalid: [
      spoilt("another version", facts.deletesTwoRows, "/version", 2),
      spoilt("a time without milliseconds", facts.deletesTwoRows, "/now", "2026-02-03T09:00:00Z"),
      spoilt(
        "a time with an offset",
        facts.deletesTwoRows,
        "/now",
        "2026-02-03T10:00:00.000+01:00",
      ),
      spoilt("no effect", facts.deletesTwoRows, "/effects", []),
      spoilt("an action of one's own", facts.deletesTwoRows, "/effects/0/action", "purge"),
      spoilt("half a row", facts.deletesTwoRows, "/effects/0/quantity/atMost", 0.5),
      spoilt("more than is exact", facts.deletesTwoRows, "/effects/0/quantity/atMost", 2 ** 53),
      spoilt("an amount without its flag", facts.deletesTwoRows, "/effects/0/quantity", {
        atMost: 1,
      }),
      spoilt("a digest without a key", facts.deletesTwoRows, "/arguments/digest", sha),
      spoilt("a number that is not whole", facts.deletesTwoRows, "/arguments/number", { a: 1.5 }),
      spoilt("a label nobody has", facts.deletesTwoRows, "/session/labels", ["private"]),
      spoilt("a label twice", facts.deletesTwoRows, "/session/labels", ["secret", "secret"]),
      spoilt("delegations of nothing", facts.deletesTwoRows, "/delegations", []),
      spoilt(
        "a delegation that does not say whether it still holds",
        facts.deletesTwoRows,
        "/delegations",
        [DELEGATION],
      ),
      spoilt("a delegation with a permit of its own", facts.deletesTwoRows, "/delegations", [
        { ...DELEGATION, revoked: false, permits: "*" },
      ]),
      spoilt("a waiver with a policy's name", facts.waivedDelete, "/waivers/0/id", "clean-up"),
      spoilt("a waiver for nothing", facts.waivedDelete, "/waivers/0/effects", []),
      spoilt("a glass that nobody broke", facts.brokenGlass, "/approvals/0/override", ""),
      spoilt("halts of nothing", facts.deletesTwoRows, "/halts", []),
      spoilt("a halt that does not say who", facts.deletesTwoRows, "/halts", [
        { scope: "all", subject: "", at: "2026-02-03T09:00:00.000Z", reason: "incident" },
      ]),
      spoilt("a pause without an end", facts.deletesTwoRows, "/paused", { failures: 5 }),
      spoilt("less than nothing used of a limit", facts.deletesTwoRows, "/limits", { ten: -1 }),
      spoilt("a counter nobody reads", facts.deletesTwoRows, "/counts", {
        ...facts.deletesTwoRows.counts,
        calls_2m: 1,
      }),
    ],
  },
  decision: {
    valid: { ...decision },
    invalid: [
      spoilt("no reason", decision.blocked, "/reasons", []),
      spoilt("an outcome of one's own", decision.blocked, "/outcome", "deny"),
      spoilt("a first reason that did not decide", decision.held, "/reasons/0/outcome", "log"),
      spoilt("a hold that asks nobody", decision.held, "/requirements", []),
      spoilt("a quorum of nobody", decision.held, "/requirements/0/quorum", 0),
      spoilt("a code in capitals", decision.blocked, "/reasons/0/code", "DENIED"),
      spoilt("limits that count nothing", decision.allowed, "/claims/limits", []),
      spoilt("a limit of nothing", decision.allowed, "/claims/limits", [
        { policy: "ten", subject: "[]", windowMs: 1_000, amount: 1, most: 0 },
      ]),
      spoilt("a claim twice", decision.allowed, "/claims/grants", ["a", "a"]),
      spoilt("an obligation nobody knows", decision.allowed, "/obligations/0/type", "hope"),
    ],
  },
  record: {
    valid: { ...record },
    invalid: [
      spoilt("a kind nobody writes", record.stop, "/kind", "pause"),
      spoilt("another version", record.stop, "/v", 2),
      spoilt("an intent that was blocked", record.intent, "/decision", decision.blocked),
      spoilt("an intent that was held", record.intent, "/decision", decision.held),
      spoilt("a refusal that was allowed", record.refusal, "/decision", decision.allowed),
      spoilt("a hold that was blocked", record.hold, "/decision", decision.blocked),
      spoilt("an approval by nobody", record.approval, "/by", null),
      spoilt("a person who made time pass", record.approvalExpired, "/by", "ben"),
      spoilt("success with an error code", record.outcome, "/code", "upstream.error"),
      spoilt("an unknown without a code", record.outcomeUnknown, "/code", null),
      spoilt("an index below zero", record.outcome, "/intent", -1),
      spoilt("an amount that was guessed", record.outcomeSettled, "/used/tokens", 0.5),
      spoilt("an amount of another unit", record.outcomeSettled, "/used", { eur: 1 }),
      spoilt("a result that anybody can guess", record.outcome, "/result/digest", sha),
      spoilt("a proof of identity nobody knows", record.intent, "/action/assurance", "none"),
      spoilt("provenance that does not say", record.intent, "/action/provenance/untrusted", null),
      spoilt("a grant without a reason", record.granted, "/reason", ""),
      spoilt("an approval that says nothing", record.approval, "/reason", ""),
      spoilt("an erasure without a reason", record.erasedKey, "/reason", ""),
      spoilt("a halt without a reason", record.halted, "/reason", ""),
      spoilt("a change of policies with a reason", record.erasedKey, "", {
        ...record.change,
        reason: "why not",
      }),
      spoilt("a proof that proves nothing", record.proof, "/signature", null),
      spoilt("a code that signs", record.proofByCode, "/signature", "c2lnbmF0dXJl"),
      spoilt("a proof by nobody", record.proof, "/by", ""),
      spoilt("a passphrase with an authenticator", record.proofByPasskey, "", {
        ...record.proofByPasskey,
        method: "passphrase",
      }),
      spoilt("a gap without a cause", record.gap, "/code", "unknown"),
      spoilt("an alarm that says nothing", record.alarm, "/text", ""),
      spoilt("an alarm about no bundle in particular", record.alarm, "/bundle", "the last one"),
      spoilt("a reject without a code", record.reject, "/code", ""),
    ],
  },
  bundle: {
    valid: { bundle },
    invalid: [
      spoilt("another format", bundle, "/v", 2),
      spoilt("a version before the first", bundle, "/version", 0),
      spoilt("a digest cut short", bundle, "/digest", "sha256:0"),
      spoilt("a time without milliseconds", bundle, "/created", "2026-02-03T09:00:00Z"),
      spoilt("a path of some machine", bundle, "/sources/0/file", "/etc/bylaw/a.cedar"),
      spoilt("a path of some other machine", bundle, "/sources/0/file", "C:\\a.cedar"),
      spoilt("a name that leads out", bundle, "/sources/0/file", "a/../../b.cedar"),
      spoilt("a language nobody reads", bundle, "/sources/0/kind", "rego"),
      spoilt("a catalog without its text", bundle, "/catalog/0", { file: "catalog.yaml" }),
      spoilt("a closed list that nobody has", bundle, "/closed", { hosts: [] }),
      spoilt("accepted by nobody", bundle, "/acceptedBy", ""),
      spoilt("no signature", bundle, "/signature", ""),
      spoilt("a signature of something else", bundle, "/signature", "bylaw/x\n7\nAAAA\n"),
    ],
  },
  config: {
    valid: { smallestConfig, config },
    invalid: [
      spoilt("no version", {}, "", {}),
      spoilt("another version", config, "/version", 2),
      spoilt("a key nobody reads", smallestConfig, "", { version: 1, policy: [] }),
      spoilt("a misspelt key of an upstream", config, "/upstreams/records", {
        command: ["x"],
        enviroment: "test",
      }),
      spoilt("both kinds of upstream", config, "/upstreams/records", {
        command: ["x"],
        url: "http://127.0.0.1:1/mcp",
      }),
      spoilt("a message without its key", config, "/notify", { url: "https://example.org" }),
      spoilt("a key in the open", config, "/notify/secret", "hunter2"),
      spoilt("an emergency of an agent", config, "/holds/break_glass", ['Agent::"coder"']),
      spoilt("an issuer for nobody in particular", config, "/issuers/people", {
        issuer: "https://people.example.com",
      }),
      spoilt("an issuer that signs with a shared secret", config, "/issuers/work/algorithms", [
        "HS256",
      ]),
      spoilt("a subject that no directory knows", config, "/issuers/work/subjects", {
        "a-1": "int ake",
      }),
      spoilt("an address with a path", config, "/public", "https://bylaw.example.com/x"),
      spoilt("no command", config, "/upstreams/records/command", []),
      spoilt("an address that is no URL of the web", config, "/upstreams/remote/url", "file:///a"),
      spoilt("an environment of one's own", config, "/upstreams/records/environment", "prod"),
      spoilt("a name that could leave its path", config, "/upstreams", {
        "../x": { command: ["x"] },
      }),
      spoilt("a breaker that never opens", config, "/upstreams/records/breaker", {
        failures: 0,
        within: "1m",
        pause: "30s",
      }),
      spoilt("nobody who may resume", config, "/halt", { resume: "nobody" }),
      spoilt("an address without a port", config, "/listen", "127.0.0.1"),
      spoilt("a duration without a unit", config, "/holds/ttl", "15"),
      spoilt("no time at all", config, "/holds/limit", "0s"),
      spoilt("a log published nowhere in particular", config, "/log/publish", "everywhere"),
      spoilt("witnesses that are none", config, "/witnesses", [{ name: "w" }]),
      spoilt("factors that nobody needs", config, "/factors/required", "never"),
      spoilt("no factor that counts", config, "/factors/accept", []),
      spoilt("records that nothing waits for", config, "/durability/reads", "none"),
      spoilt("bodies for no time at all", config, "/log/bodies", "0d"),
      spoilt("more than all decisions", config, "/shadow/share", 1.5),
      spoilt("servers taken at their word", config, "/pinning", "always"),
      spoilt("watching by a word", config, "/watch", "yes"),
      spoilt("a size in another unit", config, "/limits/body", "4GB"),
      spoilt("a group with a space", config, "/people/maria/groups", ["data base"]),
    ],
  },
  catalog: {
    valid: { catalog, empty: { version: 1, tools: {} } },
    invalid: [
      spoilt("another version", catalog, "/version", 2),
      spoilt("a tool without its server", catalog, "/tools", { delete: { paths: [] } }),
      spoilt("an entry that says nothing", catalog, "/tools/records~1query", { output: "trusted" }),
      spoilt("a key nobody reads", catalog, "/tools/files~1write", {
        paths: [{ argument: "path", action: "read" }],
        trusted: true,
      }),
      spoilt("a file as a declared resource", catalog, "/tools/files~1write", {
        effects: [{ action: "read", resource: { type: "File", id: "a" } }],
      }),
      spoilt("a table without its database", catalog, "/tools/files~1write", {
        effects: [{ action: "read", resource: { type: "Table", id: "a" } }],
      }),
      spoilt("a kind of something else", catalog, "/tools/files~1write", {
        effects: [{ action: "read", resource: { type: "Secret", id: "a", kind: "b" } }],
      }),
      spoilt(
        "a claim without a floor",
        catalog,
        "/tools/records~1records.delete/effects/0/environment",
        {
          argument: "env",
        },
      ),
      spoilt("a dialect nobody reads", catalog, "/tools/records~1query/sql/dialect", "sql"),
      spoilt("a path with an empty step", catalog, "/tools/web~1get/url/argument", "a..b"),
      spoilt("usage of nothing", catalog, "/tools/tickets~1close/usage", {}),
      spoilt("usage that somebody else tells", catalog, "/tools/tickets~1close/usage", "server"),
      spoilt("a brace left open", catalog, "/tools/web~1get/url/method", { template: "{a" }),
      spoilt(
        "a digest cut short",
        catalog,
        "/tools/records~1records.delete/definition",
        "sha256:0",
      ),
    ],
  },
};

/** A valid value with the value at a JSON Pointer replaced. */
function spoilt(name: string, value: unknown, at: string, by: unknown): Invalid {
  return { name, at, value: replaced(value, at.split("/").slice(1).map(unescaped), by) };
}

function replaced(value: unknown, path: readonly string[], by: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return by;
  if (Array.isArray(value)) return value.with(Number(key), replaced(value[Number(key)], rest, by));
  const object = value as Readonly<Record<string, unknown>>;
  return { ...object, [key]: replaced(object[key], rest, by) };
}

function unescaped(step: string): string {
  return step.replaceAll("~1", "/").replaceAll("~0", "~");
}
