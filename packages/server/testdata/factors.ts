import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { statementText } from "@bylaw/identity";
import type { Asked } from "../src/factors/guard.ts";
import type { Place, Reply } from "./running.ts";

/** A person's key without its passphrase: tests are about what the gateway makes of signatures. */
export interface Key {
  readonly publicKey: string;
  readonly secret: KeyObject;
}

export function newKey(): Key {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const spki = publicKey.export({ type: "spki", format: "der" }).toString("base64");
  return { publicKey: spki, secret: privateKey };
}

export function signed(key: Key, statement: Asked["statement"]): string {
  return sign(null, Buffer.from(statementText(statement)), key.secret).toString("base64url");
}

/** What a key answers to a challenge, by the first factor of its person. */
export function answerBy(
  key: Key,
  { statement, factors }: Asked,
): { nonce: string; factor: string | undefined; signature: string } {
  return { nonce: statement.nonce, factor: factors[0]?.id, signature: signed(key, statement) };
}

/** The header that answers a challenge. */
export function proofOf(answer: object): Record<string, string> {
  return { "bylaw-proof": Buffer.from(JSON.stringify(answer)).toString("base64url") };
}

/** Sends a request as its person: answers the challenge with the key. */
export async function proven(
  place: Place,
  key: Key,
  path: string,
  body: object,
  headers: Readonly<Record<string, string>> = {},
): Promise<Reply> {
  const first = await place.admin("POST", path, body, headers);
  if (first.body["error"] !== "factor.required") return first;
  const answer = answerBy(key, first.body as unknown as Asked);
  return place.admin("POST", path, body, { ...headers, ...proofOf(answer) });
}
