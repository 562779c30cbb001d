import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { getRequestListener } from "@hono/node-server";

/** Hono's listener answers every failure itself; nothing is left for the server to wait for. */
export function listenerOf(app: {
  readonly fetch: Parameters<typeof getRequestListener>[0];
}): (request: IncomingMessage, response: ServerResponse) => void {
  const listener = getRequestListener(app.fetch);
  return (request, response) => void listener(request, response);
}

/** Keeps what is being answered, so that a stop can wait for it. */
export function counted(
  listener: (request: IncomingMessage, response: ServerResponse) => void,
  answering: Set<ServerResponse>,
): (request: IncomingMessage, response: ServerResponse) => void {
  return (request, response) => {
    answering.add(response);
    response.once("close", () => answering.delete(response));
    listener(request, response);
  };
}

/** Resolves when all of it is answered, or after so many milliseconds. */
export async function answered(
  answering: ReadonlySet<ServerResponse>,
  maxMs: number,
): Promise<void> {
  const closing = [...answering].map((response) => once(response, "close"));
  const limit = new Promise((resolve) => setTimeout(resolve, maxMs).unref());
  await Promise.race([Promise.all(closing), limit]);
}
