import { delegationStates } from "./delegation/read.ts";
import { type Facts, HALT_SCOPES } from "./facts.ts";
import {
  boolean,
  count,
  integer,
  listOf,
  mapOf,
  matching,
  nullOr,
  objectOf,
  oneOf,
  type Shape,
  string,
} from "./json/shape.ts";
import { fail, ok, type Result } from "./result.ts";
import { MATCHED_ON, SHIELD_SCOPES } from "./shield/entry.ts";
import {
  ACTIONS,
  ASSURANCES,
  AUDIENCES,
  GATEWAYS,
  LABELS,
  ORIGINS,
  RESOURCE_TYPES,
  SOURCES,
} from "./vocabulary.ts";

const id = matching(/^[^]{1,4096}$/u);
const time = matching(
  /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z$/,
);
const digest = matching(/^sha256:[0-9a-f]{64}$/);
const keyedDigest = matching(/^hmac-sha256:[0-9a-f]{64}$/);
const code = matching(/^[a-z][a-z0-9_-]*(\.[A-Za-z0-9_-]+)*$/);
const name = matching(/^[^]+$/u);

const distinct = (item: Shape): Shape => listOf(item, { distinct: true });
const labels = distinct(oneOf(LABELS));
const origins = distinct(oneOf(ORIGINS));
const amount = objectOf({ atMost: count, known: boolean });

const resource = objectOf({
  type: oneOf(RESOURCE_TYPES),
  id: string,
  parents: listOf(objectOf({ type: matching(/^[A-Z][A-Za-z]*$/), id: string })),
  attrs: mapOf(() => null), // the bundle's schema judges attributes
});

const effect = objectOf(
  {
    action: oneOf(ACTIONS),
    resource,
    quantity: amount,
    bytes: amount,
    cost: amount,
    reversible: boolean,
    audience: oneOf(AUDIENCES),
    labels,
    origin: objectOf({ target: origins, payload: origins, untrusted: boolean }),
    findings: distinct(code),
    source: oneOf(SOURCES),
  },
  { tokens: amount },
);

const policies = listOf(objectOf({ id: name, digest }));
const votes = listOf(objectOf({ user: id, groups: distinct(name) }));
const approval = objectOf(
  { id, digest: keyedDigest, policies, votes, expires: time },
  { override: id },
);

const waiver = objectOf({
  id: matching(/^waiver:[^]{1,256}$/u),
  policies,
  votes,
  expires: time,
  uses: count,
  session: nullOr(id),
  gateway: oneOf(GATEWAYS),
  upstream: id,
  operation: id,
  target: nullOr(string),
  definition: nullOr(digest),
  chain: listOf(objectOf({ type: oneOf(["User", "Agent"]), id }), { min: 1 }),
  effects: listOf(effect, { min: 1 }),
});

const shield = objectOf({
  asked: digest,
  complete: boolean,
  matches: listOf(
    objectOf({
      kind: oneOf(Object.keys(MATCHED_ON)),
      value: name,
      scope: oneOf(SHIELD_SCOPES),
      effect: nullOr(count),
      certain: boolean,
    }),
  ),
});

const halt = objectOf({
  scope: oneOf(HALT_SCOPES),
  subject: string,
  by: id,
  at: time,
  reason: name,
});

const members = {
  version: oneOf([1]),
  now: time,
  action: objectOf({
    id,
    gateway: oneOf(GATEWAYS),
    upstream: id,
    operation: id,
    target: nullOr(string),
    definition: nullOr(digest),
  }),
  digest: keyedDigest,
  tool: resource,
  arguments: objectOf({
    digest: keyedDigest,
    text: mapOf(string),
    number: mapOf(integer),
    list: mapOf(listOf(string)),
    complete: boolean,
  }),
  caller: objectOf({ credential: id, assurance: oneOf(ASSURANCES) }),
  chain: listOf(objectOf({ type: oneOf(["User", "Agent"]), id, groups: distinct(name) }), {
    min: 1,
  }),
  effects: listOf(effect, { min: 1 }),
  session: objectOf({
    id,
    labels,
    origins,
    untrusted: boolean,
    depth: count,
    attended: boolean,
  }),
  task: objectOf({
    declared: boolean,
    inScope: boolean,
    locked: boolean,
    offline: boolean,
    noInstall: boolean,
  }),
  counts: objectOf({
    calls_1m: count,
    deletes_1h: count,
    sends_1h: count,
    spend_1d: count,
    denials_10m: count,
  }),
  handle: nullOr(id),
  approvals: listOf(approval),
  grants: mapOf(objectOf({ uses: count, revoked: boolean })),
};

const facts = objectOf(members, {
  delegations: delegationStates,
  halts: listOf(halt, { min: 1 }),
  limits: mapOf(count),
  paused: objectOf({ failures: count, until: time }),
  shield,
  waivers: listOf(waiver),
});

/**
 * Facts from outside the process: a log's body, a file. In: parsed JSON. Out: the same value, or the
 * place of the first thing in it that is not as `spec/schemas/facts.schema.json` has it.
 */
export function readFacts(value: unknown): Result<Facts, string> {
  const problem = facts(value, "");
  return problem === null ? ok(value as Facts) : fail(problem === "" ? "facts" : problem);
}
