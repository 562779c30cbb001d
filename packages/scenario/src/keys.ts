import { PACKS } from "@bylaw/bundle";
import {
  ACTIONS,
  ENVIRONMENTS,
  type JsonObject,
  LABELS,
  OUTCOMES,
  RESOURCE_TYPES,
} from "@bylaw/core";
import {
  ANY,
  COUNT,
  choice,
  either,
  FLAG,
  form,
  jsonSchema,
  key,
  list,
  map,
  OBJECT,
  type RecordShape,
  record,
  required,
  TEXT,
} from "./shape.ts";

type Keys = RecordShape["keys"];

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const name = form(NAME, "a name: 1 to 64 of A-Z a-z 0-9 . _ -");
const names = list(name);
const labels = list(choice(LABELS));
const INSTANT = form(
  /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/,
  "a time in UTC, such as `2026-02-03T09:00:00Z`",
);
const DURATION = form(/^\d{1,9}(ms|s|m|h|d)$/, "a duration, such as `16m`");
const HALT = form(
  /^(everything|(agent|user|system):[A-Za-z0-9][A-Za-z0-9._-]{0,63})$/,
  "`everything`, `agent:NAME`, `user:NAME` or `system:NAME`",
);
const TOOL = form(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}\/\S.*$/, "`system/tool`");

export const AGENT_KEYS: Keys = {
  for: key(name, "the person it acts for; without it, nobody"),
  groups: key(names, "groups that policies see"),
};

export const GRANT_KEYS: Keys = {
  to: required(
    form(
      /^(Agent|Group|User)::[A-Za-z0-9][A-Za-z0-9._/-]{0,127}$/,
      "`Agent::name` or `Group::name`",
    ),
    "who gets it: `Agent::intake` or `Group::intake`",
  ),
  may: required(list(choice(ACTIONS), 1), "the actions: `[read, delete]`"),
  on: required(choice(RESOURCE_TYPES), "the type of what may be acted on: `Table`"),
  in: key(
    form(/^[A-Z][A-Za-z]*::.+$/, "`Type::id`"),
    "where it must be: `Environment::production`, `Database::crm`",
  ),
  by: required(name, "the person who gave it"),
  until: key(INSTANT, "its end"),
  uses: key(COUNT, "how many actions may rest on it"),
  when: key(TEXT, "a further condition, in Cedar: `context.quantity.atMost <= 1`"),
};

export const ISSUER_KEYS: Keys = {
  trusted: key(FLAG, "the gateway takes its passports; default true"),
};

export const PASSPORT_KEYS: Keys = {
  from: key(name, "one of `issuers`; default the gateway itself"),
  claims: key(OBJECT, "claims in place of the proper ones; `null` takes one out"),
  signed: key(
    choice(["issuer", "stranger", "public-key", "nobody"]),
    "by whom: `public-key` takes the issuer's public key for a secret; default `issuer`",
  ),
  bound: key(FLAG, "it is bound to a key of the agent; default true"),
  proof: key(
    choice(["good", "none", "stranger", "other-request", "old"]),
    "the proof of that key: of another key, for another request, an hour old; default `good`",
  ),
  again: key(FLAG, "it is presented, and once more with the same proof; `then` is of that"),
};

export const DELEGATION_KEYS: Keys = {
  to: required(name, "the agent that may act from now on in the name of who delegates"),
  actions: key(list(choice(ACTIONS), 1), "these alone; default every action"),
  resources: key(
    list(form(/^[A-Z][A-Za-z]*::.+$/, "`Type::id`"), 1),
    "these and what is in them: `[Environment::test]`; default everything",
  ),
  quantity: key(COUNT, "things acted on at once, at most; default no limit"),
  cost: key(COUNT, "millionths of a US dollar at once, at most; default no limit"),
  for: key(DURATION, "how long; default an hour"),
  depth: key(COUNT, "how many delegations may follow below; default none"),
};

export const THREAT_KEYS: Keys = {
  id: required(TEXT, "id of the entry"),
  title: key(TEXT, "what it is; default the id"),
  category: key(TEXT, "`supply_chain`, `skill`, `tool`, `prompt` …; default `supply_chain`"),
  severity: key(choice(["low", "medium", "high", "critical"]), "default `critical`"),
  confidence: key(ANY, "0 to 1; default 1"),
  action: key(choice(["block", "require_approval", "log"]), "default `block`"),
  says: required(TEXT, "the directive: `BLOCK: outbound request to 203.0.113.7`"),
  expires: key(INSTANT, "from then on it decides nothing; default a year after the clock"),
  revoked: key(FLAG, "it was taken back"),
  indicators: key(
    list(
      record({
        type: required(TEXT, "`ip`, `domain`, `url`, `file_path`, `email`, `hash`"),
        value: required(TEXT, "its value"),
      }),
    ),
    "indicators of compromise",
  ),
};

export const TABLE_KEYS: Keys = {
  rows: key(list(OBJECT), "the rows, each a map of column to value"),
  count: key(COUNT, "how many rows to make of `row`, in which `{{n}}` counts from 1"),
  row: key(OBJECT, 'the pattern of `count` rows: `{ id: "{{n}}", name: "Customer {{n}}" }`'),
  unique: key(list(TEXT), "columns of which no value occurs twice; default none"),
  environment: key(choice(ENVIRONMENTS), "where this table stands; default that of the system"),
  labels: key(labels, "what its rows are; default those of the system"),
};

export const DATABASE_KEYS: Keys = {
  tables: required(map(record(TABLE_KEYS)), "the tables by name"),
  dialect: key(
    choice(["sqlite", "postgresql"]),
    "the engine that the catalog names; default `sqlite`, which also runs the text",
  ),
  name: key(name, "name of the database in policies; default the system's name"),
};

export const MESSAGE_KEYS: Keys = {
  id: required(TEXT, "its id"),
  folder: key(TEXT, "default `Inbox`"),
  from: key(TEXT, "who wrote it"),
  subject: key(TEXT, "what about"),
  text: key(TEXT, "what it says"),
};

const CHANNEL: Keys = {
  external: key(FLAG, "messages lead out of the organization; default true"),
  clears: key(labels, "labels of data that may be sent there, with what they imply; default none"),
};

export const MAIL_KEYS: Keys = {
  messages: key(list(record(MESSAGE_KEYS)), "what lies in the folders"),
  ...CHANNEL,
};

export const DOES_KEYS: Keys = {
  sql: key(TEXT, "runs on the system's database; `:name` stands for an argument, lists are JSON"),
  on: key(name, "the system whose database it is; default its own"),
  write: key(TEXT, "a file to write, with `{argument}` in it"),
  text: key(TEXT, "what to write there, with `{argument}` in it"),
  delete: key(TEXT, "a file or folder to delete, with `{argument}` in it"),
  fails: key(TEXT, "the tool answers with this error"),
};

export const TOOL_KEYS: Keys = {
  about: key(TEXT, "its description, as the server gives it"),
  hints: key(OBJECT, "its MCP annotations: `{ readOnlyHint: true }`"),
  effects: key(list(OBJECT), "what it does, as in a catalog: declared effects"),
  sql: key(OBJECT, "as in a catalog: an argument that holds SQL"),
  paths: key(list(OBJECT), "as in a catalog: arguments that hold paths"),
  url: key(OBJECT, "as in a catalog: an argument that holds an address"),
  shell: key(OBJECT, "as in a catalog: an argument that holds a command"),
  output: key(
    TEXT,
    "as in a catalog, whose text comes back: `trusted`, `user`, `config` or `model`; default `untrusted`",
  ),
  does: key(list(record(DOES_KEYS)), "what really happens when it runs; default only noted"),
  answers: key(TEXT, "what it answers; default `ok`"),
};

export const SYSTEM_KEYS: Keys = {
  environment: key(
    choice(ENVIRONMENTS),
    "what it belongs to; default `unknown`, as strong as production",
  ),
  labels: key(labels, "what its data is; default none"),
  reviewed: key(FLAG, "a person has looked at the server; default true"),
  undescribed: key(FLAG, "no catalog describes its tools, so effects are guessed; default false"),
  database: key(record(DATABASE_KEYS), "a database with the tool `query {sql}`"),
  files: key(
    FLAG,
    "`read_file {path}`, `write_file {path, text}`, `delete_file {path}`, `delete_folder {path}`, `list_folder {path}`, `move_file {path, to}` in the workspace",
  ),
  shell: key(
    record({ dialect: key(choice(["bash", "sh", "zsh", "powershell", "cmd"]), "default `bash`") }),
    "a terminal with the tool `run {command, folder}`; commands are noted, never run",
  ),
  mail: key(
    record(MAIL_KEYS),
    "a mailbox with `send_mail {to, subject, text}`, `read_mail {folder, id}`, `list_mail {folder}`",
  ),
  web: key(
    record({ pages: key(map(TEXT), "what addresses answer; others answer nothing") }),
    "the network with `request {method, url, body, headers}`; no host is contacted",
  ),
  packages: key(
    record({ ecosystem: key(TEXT, "default `npm`") }),
    "a package manager with `install {package, version}`",
  ),
  channel: key(record(CHANNEL), "a forum or chat with `post {channel, text}`"),
  model: key(
    record({ clears: key(labels, "labels of data that may be sent to it; default none") }),
    "a model with `ask {model, text}`",
  ),
  agents: key(FLAG, "a starter of agents with `spawn {agent, task}`"),
  tools: key(map(record(TOOL_KEYS)), "tools of its own, by name"),
};

export const GIVEN_KEYS: Keys = {
  clock: key(INSTANT, "the time of the first step; default now"),
  people: key(map(names, NAME), "people, each with groups: `{ maria: [sales], dana: [dba] }`"),
  agents: required(
    map(record(AGENT_KEYS), NAME),
    "the agents; the first one acts where a step names none",
  ),
  packs: key(list(choice(PACKS)), "policy packs; default `[base, starter]`"),
  policies: key(TEXT, "further policies, in Cedar"),
  grants: key(
    map(record(GRANT_KEYS), NAME),
    "grants by id, written as permits with an owner and an end",
  ),
  issuers: key(
    map(record(ISSUER_KEYS), NAME),
    "who else may say who acts, by name; each has a key of its own",
  ),
  threats: key(list(record(THREAT_KEYS)), "SHIELD entries"),
  workspace: key(map(TEXT), "files of the workspace, by path"),
  home: key(map(TEXT), "files of the home folder, outside of the workspace, by path"),
  systems: required(map(record(SYSTEM_KEYS), NAME), "what agents can reach, by name"),
};

export const EXPECT_KEYS: Keys = {
  outcome: required(choice(OUTCOMES), "the outcome"),
  code: key(TEXT, "reason code of one of its reasons"),
  policy: key(TEXT, "id of a policy that says so"),
  answers: key(TEXT, "a text that the answer contains"),
};

/** What a step does; each step has exactly one. */
export const DEED_KEYS: Keys = {
  call: key(TOOL, "calls a tool: `records/delete_records`"),
  sql: key(TEXT, "runs SQL on a `database`"),
  run: key(TEXT, "runs a command in a `shell`"),
  request: key(
    form(/^[A-Z]+ \S.*$/, "a method and an address, such as `GET https://example.com/`"),
    "sends a request through a `web`: `DELETE https://api.example/v1/records`",
  ),
  read: key(TEXT, "reads a file through `files`"),
  write: key(TEXT, "writes a file through `files`; `text` is what"),
  delete: key(
    TEXT,
    "deletes a file through `files`, or with a `/` at the end a folder and all below it",
  ),
  list: key(TEXT, "lists a folder through `files`"),
  move: key(TEXT, "moves a file through `files`; `to` is where"),
  send: key(
    record({
      to: required(either("an address or a list of them", TEXT, list(TEXT)), "who gets it"),
      subject: key(TEXT, "what about"),
      text: key(TEXT, "what it says"),
    }),
    "sends a mail through a `mail`",
  ),
  post: key(
    record({ channel: required(TEXT, "where"), text: required(TEXT, "what it says") }),
    "posts through a `channel`",
  ),
  install: key(TEXT, "installs a package through `packages`; `version` is which"),
  approve: key(
    TEXT,
    "a person says yes to the action that the named step left waiting; `as` is who",
  ),
  reject: key(TEXT, "a person says no to it; `as` is who"),
  after: key(DURATION, "time passes: `16m`"),
  grant: key(
    record({ id: required(name, "its id"), ...GRANT_KEYS }),
    "a grant is given, from now on",
  ),
  revoke: key(name, "a grant is taken back by who gave it, or by the person `as`"),
  prompt: key(
    TEXT,
    "the person asks the agent for something, in these words: they say what is in scope",
  ),
  halt: key(HALT, "the kill switch: `everything`, `agent:NAME`, `user:NAME` or `system:NAME`"),
  release: key(HALT, "what was halted goes on"),
  policies: key(TEXT, "further policies are put in force, in Cedar"),
  suspend: key(name, "an agent is suspended"),
  resume: key(name, "a suspended agent may act again"),
  delegate: key(
    record(DELEGATION_KEYS),
    "an agent lets another act in its name, as far as this says; `by` is who",
  ),
  withdraw: key(name, "what was delegated to this agent is taken back"),
  restart: key(FLAG, "the gateway is stopped and started again"),
  redefine: key(TOOL, "the server changes a tool's definition; `about` is its new description"),
};

const STEP_REST: Keys = {
  by: key(name, "the agent that acts; default the first one"),
  on: key(name, "the system, where more than one could be meant"),
  with: key(OBJECT, "arguments of `call`"),
  headers: key(map(TEXT), "headers of `request`"),
  body: key(TEXT, "body of `request`"),
  folder: key(TEXT, "folder of `run`, inside the workspace"),
  text: key(TEXT, "content of `write`"),
  to: key(TEXT, "destination of `move`"),
  version: key(TEXT, "version of `install`"),
  as: key(TEXT, "the person of `approve`, `reject`, `revoke`, `halt` and `release`"),
  about: key(TEXT, "description of `redefine`"),
  repeat: key(COUNT, "so many times; `{{n}}` counts from 1 in the arguments; default 1"),
  last_only: key(FLAG, "`then` holds for the last of them only; default for each"),
  approved_by: key(
    list(TEXT, 1),
    "the call is held, these people say yes, and it is made again; `then` is what comes of that",
  ),
  presents: key(TEXT, "the call presents the approval of the named step"),
  credential: key(TEXT, "the `Authorization` header that is sent in place of the agent's own"),
  passport: key(
    record(PASSPORT_KEYS),
    "a signed passport that is presented in place of the agent's own token",
  ),
  then: key(
    either("an outcome, or a map with `outcome`", choice(OUTCOMES), record(EXPECT_KEYS)),
    "what must come of it; default `allow`",
  ),
};

export const STEP_KEYS: Keys = {
  step: required(TEXT, "what happens, in words; unique in the file"),
  ...DEED_KEYS,
  ...STEP_REST,
};

/** What a look at the world asks; each has exactly one of the first eight. */
export const CHECK_KEYS: Keys = {
  rows: key(map(COUNT), "rows that a table has: `{ crm.customers: 1190 }`"),
  sql: key(TEXT, "a question to the database of the system `on`; `gives` is the answer"),
  called: key(TEXT, "calls of `system` or `system/tool` that went through: `times` says how many"),
  reached: key(map(COUNT), "requests that reached a host: `{ evil.example: 0 }`"),
  files: key(map(TEXT), "files and what they say: `{ README.md: hello }`"),
  absent: key(list(TEXT, 1), "files that are not there"),
  unchanged: key(list(TEXT, 1), "files that are as they were given"),
  unlogged: key(TEXT, "a text that occurs nowhere in Bylaw's data folder"),
  on: key(name, "the system of `sql`"),
  gives: key(ANY, "a value, or a list of rows as lists"),
  with: key(OBJECT, "arguments that the calls of `called` had"),
  times: key(COUNT, "how many; required for `called`"),
};

export const FILE_KEYS: Keys = {
  title: required(TEXT, "the incident in one line"),
  source: key(TEXT, "where the facts are from"),
  shows: key(names, "ids of what it shows, in a list of requirements of your own"),
  story: required(TEXT, "what happened"),
  decides: key(TEXT, "what stops it, in words"),
  given: required(record(GIVEN_KEYS), "the world before the first step"),
  when: required(list(record(STEP_KEYS), 1), "the steps, in order"),
  ways: key(
    map(list(record(STEP_KEYS), 1)),
    "other ways that are as good, by name: each is played in place of `when`, in a world of its own",
  ),
  satisfied: key(
    COUNT,
    "per cent of all ways through all gateways that are satisfied at least, as the low end of the 95 % interval; default every one",
  ),
  then: key(list(record(CHECK_KEYS)), "what must be true of the world afterwards"),
  damage: key(list(record(CHECK_KEYS)), "what is true of it when nothing governs the agents"),
};

export const FILE: RecordShape = record(FILE_KEYS);

/** The table as JSON Schema, for editors. */
export function scenarioSchema(): JsonObject {
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    $id: "scenario.schema.json",
    title: "Bylaw scenario",
    ...jsonSchema(FILE),
  };
}
