import {
  type BundleFile,
  MAX_BUNDLE_CHARS,
  readBundleFile,
  renderError,
  type SignText,
  writeBundleFile,
} from "@bylaw/bundle";
import { canonicalTime, fail, ok, type Result } from "@bylaw/core";
import { type NoteSigner, signNote } from "@bylaw/ledger";
import type { Version } from "./bundle-folder.ts";
import { type Rules, rulesOfFile } from "./rules.ts";
import { openedBy } from "./signed.ts";

/** The signed file of a version. Throws when it would be larger than a bundle file may be. */
export function bundleText(rules: Rules, version: Version, sign: SignText): string {
  const { version: number, created, digest, acceptedBy } = version;
  const file: BundleFile = { v: 1, version: number, created, digest, acceptedBy, ...rules.content };
  const text = writeBundleFile(file, sign);
  if (text.length > MAX_BUNDLE_CHARS)
    throw new RangeError("the bundle is larger than a file may be");
  return text;
}

/** A bundle file of what a configuration names, to be kept or checked elsewhere. */
export function buildBundle(
  rules: Rules,
  version: number,
  by: string,
  signer: NoteSigner,
): { readonly text: string; readonly version: Version } {
  const built = {
    version,
    name: rules.name,
    digest: rules.bundle.digest,
    created: canonicalTime(Date.now()),
    acceptedBy: by,
  };
  return { text: bundleText(rules, built, (text) => signNote(text, [signer])), version: built };
}

/** What a bundle file holds, once key, signature, policies, catalog and digest are checked. */
export async function verifyBundle(
  text: string,
  vkey: string,
): Promise<Result<{ readonly file: BundleFile; readonly rules: Rules }, readonly string[]>> {
  const file = readBundleFile(text, openedBy([vkey]));
  if (!file.ok) return fail(file.error.map(renderError));
  const rules = await rulesOfFile(file.value);
  return rules.ok ? ok({ file: file.value, rules: rules.value }) : rules;
}
