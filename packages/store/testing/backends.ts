import { copyFileSync, existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe } from "vitest";
import { openStore, type Store } from "../src/index.ts";
import { createFolder, keep, NOW, open as openEmbedded } from "./folders.ts";
import { INSTALLED, type PostgresServer, postgresPrograms, startPostgres } from "./postgres.ts";

/** Making a server, or removing all of its files, on a busy machine. */
const SERVER_MAX_MS = 120_000;

/** How a test opens stores, the same for every database. */
export interface Backend {
  readonly open: (folder: string, now?: () => number) => Promise<Store>;
  readonly createFolder: () => string;
}

/** Runs the same tests on SQLite and on PostgreSQL. */
export function onEachBackend(tests: (backend: Backend) => void): void {
  describe("on SQLite", () => {
    tests({ open: openEmbedded, createFolder });
  });
  onPostgres("on PostgreSQL", ({ open }) => tests({ open, createFolder }));
}

export interface PostgresBackend extends Omit<Backend, "createFolder"> {
  readonly server: () => PostgresServer;
  /** The database of a folder, made when it is first asked for. */
  readonly urlOf: (folder: string) => Promise<string>;
  /** A second gateway's folder on the database of the first, with its digest key. */
  readonly peerOf: (folder: string) => Promise<string>;
}

/** Tests that need a PostgreSQL server: skipped where none is installed, and failed there in CI. */
export function onPostgres(name: string, tests: (backend: PostgresBackend) => void): void {
  const programs = postgresPrograms();
  const expected = programs !== null || process.env["CI"] === "true";
  describe.skipIf(!expected)(`${name}, which needs PostgreSQL in ${INSTALLED}`, () => {
    let server: PostgresServer | null = null;
    const urls = new Map<string, Promise<string>>();
    const peers = new Set<string>();
    beforeAll(async () => {
      server = await startPostgres(programs);
    }, SERVER_MAX_MS);
    afterAll(() => server?.remove(), SERVER_MAX_MS);

    const running = (): PostgresServer => {
      if (server === null) throw new Error("the server has not been started");
      return server;
    };
    const urlOf = (folder: string): Promise<string> => {
      const known = urls.get(folder) ?? running().database();
      urls.set(folder, known);
      return known;
    };
    tests({
      server: running,
      urlOf,
      async open(folder, now = () => NOW): Promise<Store> {
        const postgres = await urlOf(folder);
        return keep(
          await openStore({ folder, origin: peers.has(folder) ? null : "test", now, postgres }),
        );
      },
      async peerOf(folder): Promise<string> {
        const peer = createFolder();
        urls.set(peer, urlOf(folder));
        peers.add(peer);
        const key = join(folder, "digest.key");
        if (existsSync(key)) copyFileSync(key, join(peer, "digest.key"));
        return peer;
      },
    });
  });
}
