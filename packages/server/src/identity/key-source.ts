import { readFile } from "node:fs/promises";
import { isObject, member, parseStrict } from "@bylaw/core";
import { KEY_SET_CHARS_MAX } from "@bylaw/identity";
import type { IssuerConfig } from "../config/config.ts";
import { isKeyAddress } from "../config/issuer-schema.ts";
import type { Exchange } from "../log/exchange.ts";
import { under } from "../log/exchange.ts";
import { KEYS_ASK_MS, METADATA_BYTES_MAX } from "./limits.ts";

export type KeySourceProblem = "issuer.unreachable" | "issuer.metadata";

/** Thrown for a source that cannot be read at present. */
export class KeySourceError extends Error {
  readonly code: KeySourceProblem;
  constructor(code: KeySourceProblem) {
    super(code);
    this.code = code;
  }
}

/**
 * The text of an issuer's key set. Where it is comes from the configuration or, for `discover`, from
 * the issuer's own metadata (OpenID Connect Discovery section 4.3), and never from a token.
 * Throws a KeySourceError.
 */
export async function keySetText(
  { jwks, issuer }: IssuerConfig,
  exchange: Exchange,
): Promise<string> {
  switch (jwks.kind) {
    case "file":
      return readFile(jwks.path, "utf8").catch(() => {
        throw new KeySourceError("issuer.unreachable");
      });
    case "url":
      return fetched(jwks.url, KEY_SET_CHARS_MAX, exchange);
    case "discover":
      return fetched(await discovered(issuer, exchange), KEY_SET_CHARS_MAX, exchange);
  }
}

async function discovered(issuer: string, exchange: Exchange): Promise<string> {
  const url = under(issuer, ".well-known/openid-configuration");
  const parsed = parseStrict(
    await fetched(url, METADATA_BYTES_MAX, exchange),
    undefined,
    "nearest",
  );
  const metadata = parsed.ok && isObject(parsed.value) ? parsed.value : {};
  const where = member(metadata, "jwks_uri");
  // One issuer must not speak for another.
  if (member(metadata, "issuer") !== issuer || typeof where !== "string" || !isKeyAddress(where))
    throw new KeySourceError("issuer.metadata");
  return where;
}

async function fetched(url: string, bytesMax: number, exchange: Exchange): Promise<string> {
  const answer = await exchange({ method: "GET", url }, KEYS_ASK_MS, bytesMax).catch(() => null);
  if (answer?.status !== 200) throw new KeySourceError("issuer.unreachable");
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(answer.bytes);
  } catch {
    throw new KeySourceError("issuer.metadata");
  }
}
