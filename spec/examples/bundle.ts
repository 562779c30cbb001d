import { type BundleFile, loadBundle, NO_ADDITIONS, writeBundleFile } from "@bylaw/bundle";
import { encodeSigningKey, parseSigningKey, signNote } from "@bylaw/ledger";

const source = {
  kind: "cedar",
  file: "policies/reads.cedar",
  text: '@id("reads") permit (principal, action == Action::"read", resource);\n',
} as const;

const loaded = await loadBundle({ sources: [source] });
if (!loaded.ok) throw new Error("the example does not load");

const content: BundleFile = {
  v: 1,
  version: 3,
  created: "2026-02-03T09:00:00.000Z",
  digest: loaded.value.digest,
  closed: NO_ADDITIONS,
  shield: null,
  sources: [source],
  catalog: [{ file: "catalog.yaml", text: "version: 1\ntools: {}\n" }],
  acceptedBy: "maria",
};

/** The examples' key; a real one is generated with the data folder and never leaves it. */
const key = parseSigningKey(encodeSigningKey("bylaw/example", new Uint8Array(32).fill(7)));
if (!key.ok) throw new Error("the example key does not parse");
const signer = key.value;

/** The public half of the key that signed the examples. */
export const exampleKey: string = signer.vkey;

export const bundle: unknown = JSON.parse(
  writeBundleFile(content, (text) => signNote(text, [signer])),
);
