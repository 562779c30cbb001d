import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { HTTP_SERVER_OPTIONS } from "@bylaw/gateway";
import type { PasskeyPlace } from "@bylaw/identity";
import type { Hono } from "hono";
import type { Config } from "../config/config.ts";
import type { AdminEnv } from "../factors/guard.ts";
import { PROOF_HEADER } from "../factors/headers.ts";
import { listenerOf } from "../host/answering.ts";
import type { StartError } from "../host/host.ts";
import { listenOr } from "../host/listening.ts";
import { type PeopleOps, peopleApp } from "./people.ts";

/** A listener for people's browsers, and the origin that it has for them. */
export interface People {
  readonly server: Server;
  readonly place: PasskeyPlace;
}

/** Listens where the configuration says; nothing is answered yet. Null where it says nowhere. */
export async function openPeople({ factors }: Config): Promise<People | StartError | null> {
  if (factors.listen === null) return null;
  const { host, port } = factors.listen;
  const server = createServer(HTTP_SERVER_OPTIONS);
  const failed = await listenOr(server, port, host, "change `factors.listen`");
  if (failed !== null) return failed;
  // Browsers know passkeys of names only: `localhost` is one, an address is none.
  const { port: taken } = server.address() as AddressInfo;
  const origin = factors.origin ?? `http://localhost:${taken}`;
  return { server, place: { origin, domain: new URL(origin).hostname } };
}

/** Answers browsers from now on. In: the administrative API, and the token that it wants. */
export function servePeople(
  { server, place }: People,
  ops: Omit<PeopleOps, "place" | "admin"> & {
    readonly admin: Hono<AdminEnv>;
    readonly token: string;
  },
): void {
  const { admin, token } = ops;
  const app = peopleApp({
    ...ops,
    place,
    admin: async (path, body, proof) =>
      admin.request(path, {
        method: "POST",
        headers: {
          authorization: `Bearer ${token}`,
          "content-type": "application/json",
          [PROOF_HEADER]: proof,
        },
        body: JSON.stringify(body),
      }),
  });
  server.on("request", listenerOf(app));
}
