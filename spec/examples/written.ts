/** Files as people write them, parsed: `bylaw.yaml` and the catalog. */

export const smallestConfig = { version: 1 };

export const config = {
  version: 1,
  listen: "127.0.0.1:7117",
  workspaces: ["."],
  people: { maria: { groups: ["dba", "admins"] }, ben: {} },
  public: "https://bylaw.example.com",
  issuers: {
    work: {
      issuer: "https://login.example.com",
      audience: "https://bylaw.example.com",
      jwks: "./keys.json",
      algorithms: ["EdDSA"],
      subject: "agent",
      subjects: { "a-1": "intake" },
      groups: "groups",
      single_use: true,
    },
    people: { issuer: "https://people.example.com", audience: "bylaw" },
  },
  agents: { intake: { user: "maria", groups: ["intake"] }, nightly: { user: null } },
  upstreams: {
    records: {
      command: ["node", "server.mjs"],
      env: { MODE: "live" },
      cwd: ".",
      environment: "production",
      labels: ["personal"],
      reviewed: false,
      breaker: { failures: 5, within: "1m", pause: "30s" },
    },
    remote: {
      url: "http://127.0.0.1:9000/mcp",
      headers: { "X-Key": "v" },
      environment: "staging",
    },
  },
  pinning: "ask",
  packs: ["base", "starter"],
  policies: ["./policies"],
  catalog: ["./catalog.yaml"],
  watch: true,
  shadow: { share: 0.05 },
  grants: "./grants",
  holds: { limit: "50s", ttl: "15m", break_glass: ['Group::"admins"'] },
  notify: { url: "https://hooks.example.com/bylaw", secret: "env:HOOK_KEY" },
  durability: { reads: "sync" },
  log: { publish: "127.0.0.1:7118", bodies: "90d" },
  factors: {
    required: "always",
    accept: ["passkey", "passphrase"],
    listen: "127.0.0.1:7119",
    origin: "https://bylaw.example.com",
  },
  halt: { resume: "two_people" },
  limits: { body: "4MB" },
};

export const catalog = {
  version: 1,
  tools: {
    "records/records.delete": {
      definition: `sha256:${"0".repeat(64)}`,
      reviewed_by: "maria",
      output: "trusted",
      effects: [
        {
          action: "delete",
          resource: { type: "Table", id: "customers", database: "crm" },
          environment: { argument: "env", at_least: "production" },
          labels: ["personal"],
          quantity: { count: "ids" },
          reversible: false,
          audience: "none",
        },
      ],
    },
    "records/query": {
      sql: {
        argument: "sql",
        dialect: "sqlite",
        database: "crm",
        environment: "production",
        tables: { customers: { labels: ["personal"], unique: ["id"] } },
      },
    },
    "files/write": { paths: [{ argument: "path", action: ["create", "update"] }] },
    "web/get": { output: "web", url: { argument: "url", method: "GET" } },
    "tickets/close": {
      effects: [
        {
          action: "update",
          resource: { type: "Object", kind: "ticket", id: { template: "tickets/{id}" } },
          class: "ci",
          quantity: 1,
          cost: { argument: "price" },
          tokens: 600,
        },
      ],
      usage: { usd: "_meta.usd", tokens: ["_meta.in", "_meta.out"] },
    },
  },
};
