import {
  type Bundle,
  canonicalize,
  fail,
  isArray,
  isObject,
  type Json,
  type JsonObject,
  ok,
  parseStrict,
  type Result,
} from "@bylaw/core";
import { digestOf } from "./digest.ts";
import { errorOfBundle, type LoadCode, type LoadError } from "./errors.ts";
import { MAX_BUNDLE_CHARS, MAX_BUNDLE_FILES, MAX_NAME_CHARS } from "./limits.ts";
import { type BundleInput, loadBundle } from "./load.ts";
import type { ClosedLists } from "./schema.ts";
import { loadShield, type ShieldInput } from "./shield/load.ts";
import { renderProblem } from "./shield/raw.ts";
import { hiddenInLine, type PolicyFile } from "./source.ts";

/** Languages that a source of policies can be written in. */
export const SOURCE_KINDS = ["cedar"] as const;

export interface BundleSource extends PolicyFile {
  readonly kind: (typeof SOURCE_KINDS)[number];
}

/** Everything that decides, in one document: what a bundle file says once its signature holds. */
export interface BundleFile {
  readonly v: 1;
  /** Counts the versions of one gateway, from 1. */
  readonly version: number;
  /** Canonical time. */
  readonly created: string;
  /** Digest of the bundle that the sources come to: what its decisions name. */
  readonly digest: string;
  readonly closed: ClosedLists;
  /** Names are relative, with `/`, and unique: a bundle says nothing about the machine it is from. */
  readonly sources: readonly BundleSource[];
  /** Threat lists with how they are enforced and what of them was acknowledged; null without any. */
  readonly shield: ShieldInput | null;
  readonly catalog: readonly PolicyFile[];
  /** Who put it in force, or built it. */
  readonly acceptedBy: string;
}

/** Signs a text that ends in a newline; returns the signed note (C2SP signed-note). */
export type SignText = (text: string) => string;

/** Opens a signed note; returns the text that a known key has signed, or why there is none. */
export type OpenText = (note: string) => Result<string, "unsigned" | "invalid">;

/** What the signature covers. A checkpoint of a log has three lines, so neither passes for the other. */
function signedText(document: JsonObject): string {
  return `bylaw-bundle/v1\n${digestOf(document)}\n`;
}

/** The text of a bundle file: canonical JSON on one line. The same file and key give the same text. */
export function writeBundleFile(file: BundleFile, sign: SignText): string {
  const document = file as unknown as JsonObject;
  return `${canonicalize({ ...document, signature: sign(signedText(document)) })}\n`;
}

/** A bundle file of which no signature is asked: for who knows the digest that it must come to. */
export function readUnsigned(text: string): Result<BundleFile, readonly LoadError[]> {
  const whole = readWhole(text);
  if (!whole.ok) return whole;
  const { signature: _, ...document } = whole.value;
  return ok(document as unknown as BundleFile);
}

function readWhole(text: string): Result<JsonObject, readonly LoadError[]> {
  if (text.length > MAX_BUNDLE_CHARS)
    return refuse("load.limit", `a bundle file has at most ${MAX_BUNDLE_CHARS} characters`);
  const parsed = parseStrict(text.endsWith("\n") ? text.slice(0, -1) : text);
  if (!parsed.ok) return refuse("bundle.malformed", `not JSON (${parsed.error.code})`);
  const problem = malformed(parsed.value);
  if (problem !== null) return refuse("bundle.malformed", problem);
  if (`${canonicalize(parsed.value)}\n` !== text)
    return refuse("bundle.malformed", "not canonical JSON on one line");
  return ok(parsed.value as JsonObject);
}

/**
 * Reads what `writeBundleFile` wrote. All or nothing: `bundle.malformed` for any other text, also for
 * one with a member more or in another order; `bundle.unsigned` when no known key signed it;
 * `bundle.signature` when a known key signed something else.
 */
export function readBundleFile(
  text: string,
  open: OpenText,
): Result<BundleFile, readonly LoadError[]> {
  const whole = readWhole(text);
  if (!whole.ok) return whole;
  const { signature, ...document } = whole.value;
  const opened = open(signature as string);
  if (!opened.ok)
    return opened.error === "unsigned"
      ? refuse("bundle.unsigned", "no known key has signed it")
      : refuse("bundle.signature", "its signature does not verify");
  if (opened.value !== signedText(document))
    return refuse("bundle.signature", "what was signed is another bundle");
  return ok(document as unknown as BundleFile);
}

/** Loads a bundle file's policies; `bundle.digest` when they are not the bundle that it names. */
export async function openBundle(
  file: BundleFile,
  engine: BundleInput["engine"] = "compiled",
): Promise<Result<Bundle, readonly LoadError[]>> {
  const loaded = await loadContent(file, engine);
  if (!loaded.ok || loaded.value.digest === file.digest) return loaded;
  return refuse("bundle.digest", `its policies are \`${loaded.value.digest}\``);
}

/** The bundle that sources, closed lists and threat lists come to, whatever it was called. */
export async function loadContent(
  { sources, closed, shield: lists }: Pick<BundleFile, "sources" | "closed" | "shield">,
  engine: BundleInput["engine"] = "compiled",
): Promise<Result<Bundle, readonly LoadError[]>> {
  const shield = lists === null ? ok(null) : loadShield(lists);
  if (!shield.ok)
    return fail(shield.error.map((one) => errorOfBundle("bundle.shield", renderProblem(one))));
  return loadBundle({ sources, closed, shield: shield.value, engine });
}

/** Whether a file in a bundle may have this name: relative, `/` between the steps, nothing hidden. */
export function isBundleName(name: string): boolean {
  return (
    name.length <= MAX_NAME_CHARS &&
    !hiddenInLine(name) &&
    !/[\\:]/.test(name) &&
    name.split("/").every((step) => step !== "" && step !== "." && step !== "..")
  );
}

const MEMBERS: Readonly<Record<string, (value: Json | undefined) => boolean>> = {
  v: (value) => value === 1,
  version: (value) => Number.isSafeInteger(value) && (value as number) >= 1,
  created: matches(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/),
  digest: matches(/^sha256:[0-9a-f]{64}$/),
  closed: isClosedLists,
  sources: (value) => areFiles(value, ["file", "kind", "text"]) && value.every(isKnownKind),
  shield: (value) => value === null || isShieldInput(value),
  catalog: (value) => areFiles(value, ["file", "text"]),
  acceptedBy: (value) => isText(value) && value !== "" && !hiddenInLine(value),
  signature: (value) => isText(value) && value !== "",
};

function malformed(value: Json): string | null {
  if (!isObject(value)) return "not an object";
  const unknown = Object.keys(value).find((key) => !Object.hasOwn(MEMBERS, key));
  if (unknown !== undefined) return `unknown member \`${unknown.slice(0, 80)}\``;
  const wrong = Object.entries(MEMBERS).find(([key, fits]) => !fits(value[key]));
  return wrong === undefined ? null : `\`${wrong[0]}\` is missing or not of its form`;
}

function areFiles(value: Json | undefined, keys: readonly string[]): value is JsonObject[] {
  if (!isArray(value) || value.length > MAX_BUNDLE_FILES) return false;
  const sound = value.every(
    (file) => hasExactly(file, keys) && isText(file["text"]) && isName(file["file"]),
  );
  return sound && new Set(value.map((file) => (file as JsonObject)["file"])).size === value.length;
}

function isKnownKind(source: JsonObject): boolean {
  return SOURCE_KINDS.some((kind) => kind === source["kind"]);
}

function isShieldInput(value: Json | undefined): boolean {
  if (!hasExactly(value, ["sources", "settings", "acks"])) return false;
  const { sources, settings, acks } = value;
  return (
    areFiles(sources, ["file", "kind", "text"]) &&
    sources.every(({ kind }) => kind === "markdown" || kind === "feed") &&
    hasExactly(settings, ["conflict", "unparsed", "approvers", "ttlMs"]) &&
    (settings["conflict"] === "action" || settings["conflict"] === "strictest") &&
    (settings["unparsed"] === "require_approval" || settings["unparsed"] === "ignore") &&
    isArray(settings["approvers"]) &&
    settings["approvers"].every(isText) &&
    Number.isSafeInteger(settings["ttlMs"]) &&
    isArray(acks) &&
    acks.every((ack) => hasExactly(ack, ["id", "entry"]) && Object.values(ack).every(isText))
  );
}

function isClosedLists(value: Json | undefined): boolean {
  const lists = ["environments", "labels", "classes", "findings"];
  return (
    hasExactly(value, lists) &&
    lists.every((list) => isArray(value[list]) && (value[list] as Json[]).every(isText))
  );
}

function hasExactly(value: Json | undefined, keys: readonly string[]): value is JsonObject {
  return (
    isObject(value) &&
    Object.keys(value).length === keys.length &&
    keys.every((key) => Object.hasOwn(value, key))
  );
}

function isText(value: Json | undefined): value is string {
  return typeof value === "string";
}

function isName(value: Json | undefined): boolean {
  return isText(value) && isBundleName(value);
}

function matches(form: RegExp): (value: Json | undefined) => boolean {
  return (value) => isText(value) && form.test(value);
}

function refuse(
  code: LoadCode,
  message: string,
): { readonly ok: false; readonly error: readonly LoadError[] } {
  return fail([errorOfBundle(code, message)]);
}
