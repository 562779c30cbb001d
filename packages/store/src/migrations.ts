import { type Compilable, type CreateTableBuilder, sql } from "kysely";
import { BUILDERS, type Dialect } from "./query.ts";

/** Changes to the tables that take a database to a version, in order; each runs once. */
export interface Migration {
  readonly version: number;
  readonly statements: (dialect: Dialect) => readonly string[];
}

export const MIGRATIONS: readonly Migration[] = [
  { version: 1, statements: tables },
  { version: 2, statements: severalLogs },
  { version: 3, statements: haltsAndLimits },
  { version: 4, statements: waivers },
  { version: 5, statements: singleUses },
  { version: 6, statements: pinnedDefinitions },
  { version: 7, statements: delegations },
  { version: 8, statements: factors },
];

/** The version that this code reads and writes. */
export const VERSION: number = MIGRATIONS.at(-1)?.version ?? 0;

type Column = "text" | "integer" | "bytes";

const TYPES = {
  sqlite: { text: sql`text`, integer: sql`integer`, bytes: sql`blob` },
  postgres: { text: sql`text`, integer: sql`bigint`, bytes: sql`bytea` },
} as const;

interface Table {
  readonly columns: Readonly<Record<string, Column>>;
  readonly key: readonly string[];
  readonly unique?: readonly string[];
  readonly checks?: readonly string[];
  /** SQLite keeps the row inside its key's index: for small rows with a key of several columns. */
  readonly clustered?: boolean;
}

function create(dialect: Dialect, name: string, table: Table): string {
  let built: CreateTableBuilder<string, string> = BUILDERS[dialect].schema.createTable(name);
  for (const [column, type] of Object.entries(table.columns))
    built = built.addColumn(column, TYPES[dialect][type], (definition) => definition.notNull());
  built = built.addPrimaryKeyConstraint(`${name}_key`, [...table.key]);
  if (table.unique !== undefined)
    built = built.addUniqueConstraint(`${name}_unique`, [...table.unique]);
  for (const [at, check] of (table.checks ?? []).entries())
    built = built.addCheckConstraint(`${name}_check_${at + 1}`, sql.raw(check));
  // `references` of vote is the only foreign key there is.
  if (name === "vote")
    built = built.addForeignKeyConstraint("vote_approval", ["approval"], "approval", ["id"]);
  if (dialect === "sqlite")
    built = built.modifyEnd(table.clustered === true ? sql`strict, without rowid` : sql`strict`);
  return text(built);
}

function tables(dialect: Dialect): readonly string[] {
  // PostgreSQL has held several logs from the start; SQLite learned of them in version 2.
  const several = dialect === "postgres";
  const log = several ? ({ log: "integer" } as const) : {};
  const byLog = several ? ["log"] : [];
  const table = (name: string, definition: Table): string => create(dialect, name, definition);
  const { schema } = BUILDERS[dialect];
  return [
    table("meta", { columns: { key: "text", value: "text" }, key: ["key"] }),
    ...(several ? [logTable(dialect)] : []),
    several
      ? table("head", { columns: { log: "integer", size: "integer", root: "bytes" }, key: ["log"] })
      : table("head", {
          columns: { id: "integer", size: "integer", root: "bytes" },
          key: ["id"],
          checks: ["id = 1"],
        }),
    table("entry", {
      columns: { ...log, idx: "integer", leaf: "bytes", bytes: "bytes" },
      key: [...byLog, "idx"],
    }),
    table("node", {
      columns: { ...log, level: "integer", idx: "integer", hash: "bytes" },
      key: [...byLog, "level", "idx"],
      clustered: true,
    }),
    table("checkpoint", {
      columns: { ...log, size: "integer", note: "text" },
      key: [...byLog, "size"],
    }),
    table("body", {
      columns: { ...log, digest: "text", bytes: "bytes" },
      key: [...byLog, "digest"],
    }),
    table("open_intent", { columns: { ...log, idx: "integer" }, key: [...byLog, "idx"] }),

    table("session", {
      columns: { id: "text", credential: "text", started: "integer" },
      key: ["id"],
    }),
    text(schema.createIndex("session_credential").on("session").columns(["credential", "started"])),
    table("agent", {
      columns: {
        id: "text",
        token: "text",
        owner: "text",
        groups: "text",
        suspended: "integer",
        created: "integer",
      },
      key: ["id"],
      unique: ["token"],
      checks: ["suspended in (0, 1)"],
    }),
    table("approval", {
      columns: {
        id: "text",
        digest: "text",
        agent: "text",
        session: "text",
        credential: "text",
        requirements: "text",
        effects: "text",
        request: "text",
        created: "integer",
        expires: "integer",
        state: "text",
        action: "text",
      },
      key: ["id"],
      checks: ["state in ('waiting', 'approved', 'used', 'rejected', 'expired', 'withdrawn')"],
    }),
    text(
      schema
        .createIndex("approval_waiting")
        .unique()
        .on("approval")
        .column("digest")
        .where(sql.ref("state"), "=", sql.lit("waiting")),
    ),
    text(
      schema
        .createIndex("approval_live")
        .on("approval")
        .columns(["state", "expires"])
        .where(sql.ref("state"), "in", sql`('waiting', 'approved')`),
    ),
    table("vote", {
      columns: { approval: "text", person: "text", verdict: "text", at: "integer" },
      key: ["approval", "person"],
      checks: ["verdict in ('approve', 'reject')"],
      clustered: true,
    }),
    table("grant_use", {
      columns: { id: "text", uses: "integer", uses_max: "integer", revoked: "integer" },
      key: ["id"],
      checks: ["revoked in (0, 1)", "uses between 0 and uses_max"],
    }),
    table("reservation", { columns: { ...log, action: "text", grants: "text" }, key: ["action"] }),
    table("charge", {
      columns: {
        action: "text",
        agent: "text",
        at: "integer",
        ...(several ? ({ calls: "integer", denials: "integer" } as const) : {}),
        deletes: "integer",
        sends: "integer",
        spend: "integer",
      },
      key: ["action"],
    }),
    text(schema.createIndex("charge_at").on("charge").column("at")),
    ...(several
      ? [text(schema.createIndex("charge_agent").on("charge").columns(["agent", "at"]))]
      : []),
    table("definition", {
      columns: {
        server: "text",
        tool: "text",
        digest: "text",
        first_seen: "integer",
        accepted_by: "text",
      },
      key: ["server", "tool", "digest"],
      clustered: true,
    }),
  ];
}

function logTable(dialect: Dialect): string {
  return create(dialect, "log", {
    columns: { id: "integer", origin: "text", vkey: "text" },
    key: ["id"],
    unique: ["origin"],
  });
}

/** Proofs and passports that count once. */
function singleUses(dialect: Dialect): readonly string[] {
  return [
    create(dialect, "single_use", {
      columns: { key: "text", until: "integer" },
      key: ["key"],
      clustered: true,
    }),
    text(BUILDERS[dialect].schema.createIndex("single_use_until").on("single_use").column("until")),
  ];
}

/** What agents have let sub-agents do. */
function delegations(dialect: Dialect): readonly string[] {
  return [
    create(dialect, "delegation", {
      columns: {
        id: "text",
        delegator: "text",
        delegate: "text",
        credential: "text",
        expires: "integer",
        revoked: "integer",
      },
      key: ["id"],
      checks: ["revoked in (0, 1)"],
    }),
  ];
}

/** Rows of a log carry its id; in SQLite that is always 1, and the keys need not change. */
function severalLogs(dialect: Dialect): readonly string[] {
  if (dialect === "postgres") return [];
  const { schema } = BUILDERS[dialect];
  const add = (table: string, column: string, value: number): string =>
    text(
      schema
        .alterTable(table)
        .addColumn(column, sql`integer`, (definition) => definition.notNull().defaultTo(value)),
    );
  return [
    logTable(dialect),
    `insert into log (id, origin, vkey)
       select 1, substr(value, 1, instr(value, '+') - 1), value from meta where key = 'vkey'`,
    text(schema.alterTable("head").renameColumn("id", "log")),
    ...["entry", "node", "checkpoint", "body", "open_intent", "reservation"].map((table) =>
      add(table, "log", 1),
    ),
    add("charge", "calls", 0),
    add("charge", "denials", 0),
  ];
}

/** The kill switch, and counters of limits with what each reservation added to them. */
function haltsAndLimits(dialect: Dialect): readonly string[] {
  const { schema } = BUILDERS[dialect];
  return [
    create(dialect, "halt", {
      columns: { scope: "text", subject: "text", person: "text", reason: "text", at: "integer" },
      key: ["scope", "subject"],
      checks: ["scope in ('all', 'agent', 'user', 'upstream')"],
    }),
    create(dialect, "tally", {
      columns: { policy: "text", subject: "text", at: "integer", amount: "integer" },
      key: ["policy", "subject", "at"],
      checks: ["amount >= 0"],
      clustered: true,
    }),
    text(schema.createIndex("tally_at").on("tally").column("at")),
    text(
      schema
        .alterTable("reservation")
        .addColumn("limits", TYPES[dialect].text, (column) => column.notNull().defaultTo("[]")),
    ),
  ];
}

/** What people add to their answers: a reason, a waiver, a broken glass to look at later. */
function waivers(dialect: Dialect): readonly string[] {
  const { schema } = BUILDERS[dialect];
  const add = (table: string, column: string): string =>
    text(
      schema
        .alterTable(table)
        .addColumn(column, sql`text`, (definition) => definition.notNull().defaultTo("")),
    );
  return [
    add("vote", "note"),
    add("approval", "followup"),
    add("approval", "origin"),
    create(dialect, "waiver", {
      columns: {
        id: "text",
        approval: "text",
        agent: "text",
        terms: "text",
        created: "integer",
        expires: "integer",
      },
      key: ["id"],
    }),
    text(schema.createIndex("waiver_agent").on("waiver").columns(["agent", "expires"])),
    text(
      schema
        .createIndex("approval_rejected")
        .on("approval")
        .column("digest")
        .where(sql.ref("state"), "=", sql.lit("rejected")),
    ),
    text(
      schema
        .createIndex("approval_followup")
        .on("approval")
        .column("followup")
        .where(sql.ref("followup"), "=", sql.lit("open")),
    ),
  ];
}

/** The table of version 1 was never written to. */
function pinnedDefinitions(dialect: Dialect): readonly string[] {
  return [
    "drop table definition",
    create(dialect, "definition", {
      columns: {
        server: "text",
        kind: "text",
        name: "text",
        digest: "text",
        content: "text",
        findings: "text",
        first_seen: "integer",
        state: "text",
        decided_by: "text",
      },
      key: ["server", "kind", "name", "digest"],
      checks: ["state in ('waiting', 'accepted', 'rejected', 'former')"],
    }),
  ];
}

function factors(dialect: Dialect): readonly string[] {
  return [
    create(dialect, "factor", {
      columns: {
        id: "text",
        person: "text",
        kind: "text",
        material: "text",
        created: "integer",
        added_by: "text",
        last: "integer",
      },
      key: ["id"],
      checks: ["kind in ('passphrase', 'totp', 'passkey')"],
    }),
    create(dialect, "factor_attempt", {
      columns: { factor: "text", nonce: "text", at: "integer" },
      key: ["factor", "nonce"],
      clustered: true,
    }),
  ];
}

function text(built: Compilable): string {
  return built.compile().sql;
}
