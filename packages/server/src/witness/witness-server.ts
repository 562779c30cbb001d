import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type ServerResponse,
} from "node:http";
import { fail, ok, type Result } from "@bylaw/core";
import { HTTP_SERVER_OPTIONS } from "@bylaw/gateway";
import { checkpointIn, sha256 } from "@bylaw/ledger";
import { takeOwnership } from "@bylaw/store";
import { addressOf, closeServer, listenOn } from "../host/listening.ts";
import { FOLLOW_MS, SUBMISSION_BYTES_MAX, SUBMITTERS_MAX } from "../log/limits.ts";
import { remoteLog } from "../log/remote.ts";
import { type Look, look } from "./follow.ts";
import { type Evidence, keepEvidence, openWitnessFolder, saveSeen } from "./state.ts";
import { createWitness, type Witness } from "./witness.ts";

export interface WitnessServerOptions {
  /** The witness's own folder: key, memory, list of logs, evidence. */
  readonly folder: string;
  readonly listen: { readonly host: string; readonly port: number };
  /** Milliseconds between two looks at each log with an address; null: submissions alone. */
  readonly followMs?: number | null;
  /** One line for the operator. */
  readonly say: (line: string) => void;
}

export interface WitnessServer {
  readonly address: string;
  readonly vkey: string;
  readonly logs: readonly string[];
  /** Safe to call twice. */
  stop(): Promise<void>;
}

/** Starts a witness. Error: a WitnessError, `store.owned` or `listen.failed`. */
export async function startWitness(
  options: WitnessServerOptions,
): Promise<Result<WitnessServer, { readonly code: string; readonly message: string }>> {
  const { folder, say } = options;
  const opened = openWitnessFolder(folder);
  if (!opened.ok) return opened;
  // Two processes over one memory could each cosign a history of its own.
  const owner = ownershipOf(folder);
  if (!owner.ok) return owner;
  const { cosigner, logs, seen } = opened.value;
  const accuse = accuser(folder, say);
  const witness = createWitness(cosigner, logs, seen, {
    now: Date.now,
    save: (next) => saveSeen(folder, next),
    accuse,
  });
  const looks = new Map<string, Look>();
  const server = createServer(HTTP_SERVER_OPTIONS, listenerOf(witness, looks));
  const failed = await listenOn(server, options.listen.port, options.listen.host);
  if (failed !== null) {
    owner.value.release();
    const where = `${options.listen.host}:${options.listen.port}`;
    return fail({ code: "listen.failed", message: `cannot listen on ${where} (${failed})` });
  }
  const stopFollowing = follow(witness, looks, options, accuse);
  let stopping: Promise<void> | null = null;
  const end = async (): Promise<void> => {
    await Promise.all([stopFollowing(), closeServer(server)]);
    owner.value.release();
  };
  return ok({
    address: addressOf(server),
    vkey: cosigner.vkey,
    logs: logs.map(({ verifier }) => verifier.name),
    stop: () => {
      stopping ??= end();
      return stopping;
    },
  });
}

function ownershipOf(
  folder: string,
): Result<{ release(): void }, { readonly code: string; readonly message: string }> {
  try {
    return ok(takeOwnership(folder));
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return fail({ code: "store.owned", message });
  }
}

function accuser(folder: string, say: (line: string) => void): (evidence: Evidence) => void {
  return (evidence) => {
    let file: string | null = null;
    try {
      file = keepEvidence(folder, evidence);
      if (file === null) return;
    } catch {
      // Refusing does not depend on what can be kept of it.
    }
    say(`${evidence.kind} ${evidence.origin} evidence: ${file ?? "could not be written"}`);
  };
}

/** Looks at every log with an address, again and again; one look at a time for each. */
function follow(
  witness: Witness,
  looks: Map<string, Look>,
  { followMs = FOLLOW_MS, say }: WitnessServerOptions,
  accuse: (evidence: Evidence) => void,
): () => Promise<void> {
  let stopped = false;
  const timers = new Set<NodeJS.Timeout>();
  const running = new Set<Promise<void>>();
  if (followMs === null) return () => Promise.resolve();
  for (const log of witness.logs) {
    if (log.url === null) continue;
    const reader = remoteLog(log.url);
    const { name } = log.verifier;
    const once = async (): Promise<void> => {
      const seen = await look(log, reader, witness, (evidence) =>
        accuse({ ...evidence, at: Date.now() }),
      );
      if (looks.get(name) !== seen) say(`${seen} ${name}`);
      looks.set(name, seen);
    };
    const repeat = (): void => {
      if (stopped) return;
      const turn = once();
      running.add(turn);
      void turn.finally(() => {
        running.delete(turn);
        if (stopped) return;
        const timer = setTimeout(() => {
          timers.delete(timer);
          repeat();
        }, followMs);
        timers.add(timer);
      });
    };
    repeat();
  }
  return async () => {
    stopped = true;
    for (const timer of timers) clearTimeout(timer);
    await Promise.all(running);
  };
}

/** `POST /add-checkpoint`, `GET /<hex SHA-256 of the origin>/checkpoint`, `GET /status`. */
function listenerOf(witness: Witness, looks: ReadonlyMap<string, Look>): RequestListener {
  let reading = 0;
  const pages: ReadonlyMap<string, string> = new Map(
    witness.logs.map(({ verifier: { name } }) => [`/${hexOf(name)}/checkpoint`, name] as const),
  );

  async function submit(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (reading >= SUBMITTERS_MAX) return send(response, 503, "too many submissions\n");
    reading += 1;
    try {
      const body = await bodyOf(request);
      if (body === null) return send(response, 413, "the submission is too large\n");
      const answer = witness.add(body);
      send(response, answer.status, answer.body, answer.type);
    } finally {
      reading -= 1;
    }
  }

  return (request, response) => {
    const { method, url = "" } = request;
    if (url === "/add-checkpoint") {
      if (method !== "POST") return notAllowed(response, "POST");
      return void submit(request, response).catch(() => response.destroy());
    }
    const origin = pages.get(url);
    if (origin === undefined && url !== "/status") return send(response, 404, "not found\n");
    if (method !== "GET" && method !== "HEAD") return notAllowed(response, "GET, HEAD");
    if (origin === undefined)
      return send(response, 200, `${statusOf(witness, looks)}\n`, "application/json");
    const note = witness.last(origin);
    return note === null
      ? send(response, 404, "nothing cosigned yet\n")
      : send(response, 200, note);
  };
}

function statusOf(witness: Witness, looks: ReadonlyMap<string, Look>): string {
  const logs = witness.logs.map(({ verifier: { name } }) => {
    const note = witness.last(name);
    const size = note === null ? null : (checkpointIn(note)?.size ?? null);
    return { origin: name, size, look: looks.get(name) ?? null };
  });
  return JSON.stringify({ logs });
}

function hexOf(origin: string): string {
  return Buffer.from(sha256(Buffer.from(origin))).toString("hex");
}

async function bodyOf(request: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > SUBMISSION_BYTES_MAX) return null;
    chunks.push(chunk);
  }
  // What is not UTF-8 becomes text that no key has signed.
  return Buffer.concat(chunks).toString("utf8");
}

function notAllowed(response: ServerResponse, allow: string): void {
  response.setHeader("allow", allow);
  send(response, 405, "method not allowed\n");
}

function send(
  response: ServerResponse,
  status: number,
  body: string,
  type = "text/plain; charset=utf-8",
): void {
  response.writeHead(status, {
    "content-type": type,
    "content-length": String(Buffer.byteLength(body)),
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    ...(status === 413 ? { connection: "close" } : {}),
  });
  response.end(body);
}
