import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { LedgerRecord } from "@bylaw/core";
import { openArchive } from "@bylaw/store";
import { decodeBundle, TILE_WIDTH } from "@bylaw/ledger";
import type { Status } from "../src/api/admin.ts";
import { parseConfig } from "../src/config/load.ts";
import { adminToken, runningGateway } from "../src/host/data-folder.ts";
import type { StartError } from "../src/host/host.ts";
import { type McpClient, mcpClient } from "./mcp-client.ts";
import { type RunningServer, type ServerInternals, startServer } from "../src/server.ts";

export interface Reply {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

/** A folder with a configuration, and the gateway that runs on it. */
export interface Place {
  readonly folder: string;
  readonly data: string;
  /** Lines that the gateway has said. */
  readonly said: readonly string[];
  write(file: string, text: string): void;
  remove(file: string): void;
  /** Starts the gateway; the reasons when it does not. */
  start(options?: { readonly lastGood?: boolean } & ServerInternals): Promise<StartError | null>;
  stop(): Promise<void>;
  admin(
    method: string,
    path: string,
    body?: unknown,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Reply>;
  /** A session of the agent `coder` with an upstream, over MCP. */
  connect(upstream: string): Promise<McpClient>;
  status(): Promise<Status>;
  /** From now on asks with this token. */
  present(given: string): void;
  /** Asks as the agent `coder`. */
  ask(upstream: string, tool: string, args: unknown): Promise<Reply>;
  /** Asks, and says that it went well if it was allowed. */
  act(upstream: string, tool: string, args: unknown): Promise<Reply>;
  /** Says as the agent `coder` what came of an action. */
  report(action: string, outcome: object): Promise<Reply>;
  records(): Promise<readonly LedgerRecord[]>;
  /** Stops what runs and removes everything. */
  end(): Promise<void>;
}

/** In: the files of the place, `bylaw.yaml` among them. */
export function createPlace(files: Readonly<Record<string, string>>): Place {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "bylaw-place-")));
  const data = join(folder, "data");
  const said: string[] = [];
  let server: RunningServer | null = null;
  let token = "";

  function write(file: string, text: string): void {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  }
  for (const [file, text] of Object.entries(files)) write(file, text);

  async function send(path: string, body: unknown): Promise<Reply> {
    const answer = await fetch(`${server?.address}${path}`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    return { status: answer.status, body: (await answer.json()) as Reply["body"] };
  }

  const place: Place = {
    folder,
    data,
    said,
    write,
    remove: (file) => rmSync(join(folder, file)),
    async start({ lastGood = false, ...internals } = {}) {
      const file = join(folder, "bylaw.yaml");
      const config = parseConfig(file, files["bylaw.yaml"] ?? "version: 1");
      if (!config.ok) throw new Error(JSON.stringify(config.error));
      const log = (line: string): void => void said.push(line);
      const options = { config: config.value, folder: data, port: 0, version: "0.0.0", log };
      const started = await startServer({ ...options, lastGood }, internals);
      if (!started.ok) return started.error;
      server = started.value;
      if (token === "")
        token = String((await place.admin("POST", "/agents", { id: "coder" })).body["token"]);
      return null;
    },
    async stop() {
      await server?.stop();
      server = null;
    },
    admin: (method, path, body, headers) => exchange(data, method, path, body, headers),
    connect: (upstream) => mcpClient(server?.address ?? "", token, upstream),
    status: async () => (await place.admin("GET", "/status")).body as unknown as Status,
    present: (given) => {
      token = given;
    },
    ask: (upstream, tool, args) => send("/v1/actions", { upstream, tool, arguments: args }),
    async act(upstream, tool, args) {
      const reply = await place.ask(upstream, tool, args);
      const { action, allowed } = reply.body;
      if (allowed === true)
        await place.report(String(action), { completion: "ok" });
      return reply;
    },
    report: (action, outcome) => send(`/v1/actions/${action}/outcome`, outcome),
    async records() {
      const archive = openArchive(data);
      try {
        const { size } = await archive.head();
        const found: LedgerRecord[] = [];
        for (let tile = 0; tile * TILE_WIDTH < size; tile += 1) {
          const width = Math.min(TILE_WIDTH, size - tile * TILE_WIDTH);
          const entries = decodeBundle((await archive.bundle(tile, width))!, width);
          if (!entries.ok) throw new Error(entries.error.message);
          for (const entry of entries.value)
            found.push(JSON.parse(Buffer.from(entry).toString("utf8")) as LedgerRecord);
        }
        return found;
      } finally {
        archive.close();
      }
    },
    async end() {
      await place.stop();
      rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
    },
  };
  return place;
}

function exchange(
  data: string,
  method: string,
  path: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        socketPath: runningGateway(data)?.admin ?? "",
        method,
        path,
        headers: {
          ...headers,
          "content-type": "application/json",
          authorization: `Bearer ${adminToken(data)}`,
        },
      },
      (answer) => {
        let text = "";
        answer.setEncoding("utf8").on("data", (chunk: string) => {
          text += chunk;
        });
        answer.on("end", () =>
          resolve({ status: answer.statusCode ?? 0, body: JSON.parse(text) as Reply["body"] }),
        );
      },
    );
    outgoing.on("error", reject);
    outgoing.end(body === undefined ? undefined : JSON.stringify(body));
  });
}
