#!/usr/bin/env node
"use strict";
// What a coding agent starts before each tool call. Takes the call to the running gateway and gives
// back what it decided. Fails closed: the exit code refuses from the first line on, and becomes zero
// only when the gateway's signed answer has been written whole.
//
// Arguments: the connection file, and the event's name for clients whose payload has none.
// One file without imports but Node's own: it starts at every call, and a copy of it lies in the data
// folder, so that neither an upgrade nor a removed checkout changes what clients run. Clients start a
// snapshot of it where there can be one, in which all that it needs from Node is loaded already.
process.exitCode = 2;

/** Bytes of a payload, and of an answer. */
const PAYLOAD_MAX_BYTES = 16 * 1024 * 1024;
const ANSWER_MAX_BYTES = 32 * 1024 * 1024;
const NONCE_BYTES = 18;
/** Of an Ed25519 key, and of what says so before it (RFC 8410). */
const ED25519_KEY_BYTES = 32;
const ED25519_SPKI_BYTES = 12 + ED25519_KEY_BYTES;
/** Milliseconds between two attempts to write to an output that is full. */
const RETRY_MS = 5;
/** Milliseconds until a call without an answer is refused, where the connection file does not say. */
const DEADLINE_DEFAULT_MS = 50_000;

const fs = require("node:fs");
const net = require("node:net");
const { startupSnapshot } = require("node:v8");

/** Whether a refusal is an answer too: Copilot CLI shows its model no other words. */
let answers = false;

/** @param {string} text */
function refuse(text) {
  try {
    fs.writeSync(2, `${text}\n`);
    const denial = { permissionDecision: "deny", permissionDecisionReason: text };
    if (answers) fs.writeSync(1, `${JSON.stringify(denial)}\n`);
  } catch {
    // Nobody listens; the exit code says it too.
  }
  process.exit(2);
}

/**
 * @typedef {{ name: string, client: string, socket: string, token: string, key: string, deadlineMs: number,
 *   data: string, bylaw: string }} Connection
 */

/** @param {string} path @returns {Connection} */
function readConnection(path) {
  const file = fs.openSync(path, "r");
  const { mode, uid } = fs.fstatSync(file);
  const me = process.getuid?.() ?? uid;
  // Whoever can change this file decides what runs.
  if ((uid !== me && uid !== 0) || (process.platform !== "win32" && (mode & 0o022) !== 0))
    refuse(`Bylaw's hook does not trust \`${path}\`: others can change it.`);
  const connection = /** @type {Record<string, unknown>} */ (
    JSON.parse(fs.readFileSync(file, "utf8"))
  );
  fs.closeSync(file);
  for (const name of ["name", "client", "socket", "token", "key", "data", "bylaw"])
    if (typeof connection[name] !== "string") refuse(`\`${path}\` is damaged: no \`${name}\`.`);
  return /** @type {Connection} */ (/** @type {unknown} */ (connection));
}

/**
 * As a stream: a thread that waits in `read` would keep the process from ending.
 *
 * @param {(payload: Buffer) => void} done
 */
function readInput(done) {
  /** @type {Buffer[]} */
  const chunks = [];
  let length = 0;
  const input = openInput();
  input.on("error", (error) => refuse(`Bylaw's hook could not read the call (${error.message}).`));
  input.on("data", (chunk) => {
    chunks.push(chunk);
    length += chunk.length;
    if (length > PAYLOAD_MAX_BYTES) refuse("Bylaw refused a call that is too large.");
  });
  input.on("end", () => done(Buffer.concat(chunks)));
}

/** What clients give is a pipe or a socket; `process.stdin` also knows files and terminals, and costs more. */
function openInput() {
  try {
    return new net.Socket({ fd: 0, readable: true, writable: false });
  } catch {
    return process.stdin;
  }
}

/** A nonce that nobody can guess: a signed answer to another call would fit a guessed one. */
function newNonce() {
  const bytes = Buffer.alloc(NONCE_BYTES);
  try {
    const random = fs.openSync("/dev/urandom", "r");
    const length = fs.readSync(random, bytes, 0, NONCE_BYTES, null);
    fs.closeSync(random);
    if (length === NONCE_BYTES) return bytes.toString("base64url");
  } catch {
    // Another system: its random numbers come with all of cryptography.
  }
  return require("node:crypto").randomBytes(NONCE_BYTES).toString("base64url");
}

/**
 * Writes all of it or refuses: half an answer would be read as none.
 *
 * @param {string} text
 * @param {number} deadlineMs
 */
function writeOut(text, deadlineMs) {
  const bytes = Buffer.from(text);
  const pause = new Int32Array(new SharedArrayBuffer(4));
  for (let at = 0; at < bytes.length; ) {
    try {
      at += fs.writeSync(1, bytes, at);
    } catch (error) {
      if (/** @type {NodeJS.ErrnoException} */ (error).code !== "EAGAIN") throw error;
      if (process.uptime() * 1_000 > deadlineMs) refuse("Bylaw's answer could not be written.");
      Atomics.wait(pause, 0, 0, RETRY_MS);
    }
  }
}

/** @param {readonly string[]} args */
function main([path, event]) {
  // Here as well: what was said while a snapshot was made does not count when it starts.
  process.exitCode = 2;
  answers = event === "preToolUse";
  process.on("uncaughtException", (error) => refuse(`Bylaw's hook failed (${error.message}).`));
  if (path === undefined) return refuse("usage: bylaw-hook CONNECTION-FILE [EVENT]");
  /** @type {Connection} */
  let connection;
  try {
    connection = readConnection(path);
  } catch (error) {
    return refuse(
      `Bylaw's hook cannot read \`${path}\` (${error.code ?? "damaged"}). Connect again: bylaw connect`,
    );
  }
  const { name, client, socket, token, key, data, bylaw } = connection;
  const given = Number.isSafeInteger(connection.deadlineMs) && connection.deadlineMs > 0;
  const deadlineMs = given ? connection.deadlineMs : DEADLINE_DEFAULT_MS;
  setTimeout(
    () => refuse("Bylaw did not decide in time, so this was refused. Try the same call again."),
    Math.max(1, deadlineMs - process.uptime() * 1_000),
  ).unref();
  const ways = `Start it: ${bylaw} up --data ${data}\nOr take it out of this client: ${bylaw} disconnect ${name} --data ${data}`;
  const nonce = newNonce();
  const pinned = once(() => verifier(key));
  let read = false;
  /** @type {NodeJS.ErrnoException | null} */
  let failure = null;
  const connected = net.connect(socket);
  // Not before the call was read: a client may take it for a failed hook when nobody reads on.
  const refuseFailed = () => {
    if (read && failure !== null)
      refuse(`Bylaw is not running (${failure.code}), so nothing may run.\n${ways}`);
  };
  connected.on("error", (error) => {
    failure = error;
    refuseFailed();
  });
  readInput((payload) => {
    read = true;
    refuseFailed();
    const head = [
      `POST /v1/hooks/${client} HTTP/1.1`,
      "Host: bylaw",
      "Connection: close",
      "Content-Type: application/json",
      `Authorization: Bearer ${token}`,
      `Bylaw-Nonce: ${nonce}`,
      ...(event === undefined ? [] : [`Bylaw-Event: ${event}`]),
      `Content-Length: ${payload.length}`,
    ];
    connected.write(Buffer.concat([Buffer.from(`${head.join("\r\n")}\r\n\r\n`), payload]));
    setImmediate(pinned); // made while the gateway decides
  });
  readAnswer(connected, (answer) => {
    if (answer === null) return refuse("Bylaw's answer is not whole, so this was refused.");
    const { status, body, signature } = answer;
    if (status !== 200)
      return refuse(`Bylaw did not take this client (${status} ${body.toString()}).\n${ways}`);
    if (!pinned()(body, signature))
      return refuse("The answer is not from the gateway that this client was connected to.");
    carryOut(/** @type {Answer} */ (JSON.parse(body.toString("utf8"))), nonce, deadlineMs);
  });
}

/**
 * @param {string} key Base64 SPKI of the gateway's key
 * @returns {(body: Buffer, signature: string) => boolean} Whether the gateway signed it; in Base64, Ed25519.
 */
function verifier(key) {
  const { createPublicKey, verify } = require("node:crypto");
  const spki = Buffer.from(key, "base64");
  if (spki.length !== ED25519_SPKI_BYTES) refuse("The key of this client's gateway is damaged.");
  // As a JWK: what reads DER asks every decoder that there is, which takes longer than the check itself.
  const x = spki.subarray(-ED25519_KEY_BYTES).toString("base64url");
  const made = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" });
  return (body, signature) => verify(null, body, made, Buffer.from(signature, "base64"));
}

/**
 * @template T
 * @param {() => T} make
 */
function once(make) {
  /** @type {{ made: T } | undefined} */
  let kept;
  return () => {
    kept ??= { made: make() };
    return kept.made;
  };
}

/**
 * @param {import("node:net").Socket} connected
 * @param {(answer: { status: number, body: Buffer, signature: string } | null) => void} done
 *   Told once the answer is as long as it says, or the gateway says no more; null when it is not whole.
 */
function readAnswer(connected, done) {
  /** @type {Buffer[]} */
  const chunks = [];
  let length = 0;
  let whole = Number.POSITIVE_INFINITY;
  const finish = () => done(parseAnswer(Buffer.concat(chunks)));
  connected.on("data", (chunk) => {
    chunks.push(chunk);
    length += chunk.length;
    if (length > ANSWER_MAX_BYTES) refuse("Bylaw's answer is too large.");
    if (chunks.length === 1) whole = bytesOf(chunk) ?? whole;
    if (length >= whole) finish();
  });
  connected.on("end", finish);
}

/** @param {Buffer} first What came first of an answer @returns {number | undefined} Bytes of all of it. */
function bytesOf(first) {
  const split = first.indexOf("\r\n\r\n");
  if (split === -1) return undefined;
  const length = headerOf(first.toString("latin1", 0, split), "content-length");
  return length === undefined ? undefined : split + 4 + Number(length);
}

/** @param {Buffer} bytes */
function parseAnswer(bytes) {
  const split = bytes.indexOf("\r\n\r\n");
  if (split === -1) return null;
  const head = bytes.toString("latin1", 0, split);
  const [, status] = /^HTTP\/1\.1 (\d{3})/.exec(head) ?? [];
  const body = bytes.subarray(split + 4);
  if (status === undefined) return null;
  if (status === "200" && Number(headerOf(head, "content-length")) !== body.length) return null;
  return { status: Number(status), body, signature: headerOf(head, "bylaw-signature") ?? "" };
}

/** @param {string} head @param {string} name In lower case */
function headerOf(head, name) {
  return head
    .split("\r\n")
    .find((line) => line.toLowerCase().startsWith(`${name}:`))
    ?.slice(name.length + 1)
    .trim();
}

/**
 * @typedef {{ nonce: unknown, exit: unknown, stdout: unknown, stderr: unknown }} Answer
 * @param {Answer} answer
 * @param {string} nonce
 * @param {number} deadlineMs
 */
function carryOut({ nonce: given, exit, stdout, stderr }, nonce, deadlineMs) {
  // An answer to another question, played again.
  if (given !== nonce) refuse("The answer is to another call, so this was refused.");
  if (typeof stdout !== "string" || typeof stderr !== "string")
    return refuse("Bylaw's answer is not understood, so this was refused.");
  // Some clients go on after a refusal without words.
  if (exit === 2) return refuse(stderr.trimEnd() || "Bylaw refused this.");
  if (exit !== 0 || stdout === "") return refuse("Bylaw gave no decision, so this was refused.");
  writeOut(stdout, deadlineMs);
  process.exit(0);
}

if (startupSnapshot.isBuildingSnapshot()) {
  require("node:crypto");
  process.exitCode = 0; // of the making alone: what starts later refuses again
  startupSnapshot.setDeserializeMainFunction(() => main(process.argv.slice(1)));
} else main(process.argv.slice(2));
