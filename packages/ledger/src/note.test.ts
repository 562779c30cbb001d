import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeCheckpoint, openCheckpoint, parseCheckpoint, signCheckpoint } from "./checkpoint.ts";
import { EMPTY_ROOT } from "./hash.ts";
import {
  encodeSigningKey,
  type NoteSigner,
  type NoteVerifier,
  parseSigningKey,
  parseVerifierKey,
} from "./key.ts";
import { openNote, signNote } from "./note.ts";

/** Published with C2SP signed-note v1.0.0. */
const VKEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
const NOTE =
  "This is an example message.\n\n\u2014 example.com/foo " +
  "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";

function signerOf(name: string, fill: number): NoteSigner {
  const signer = parseSigningKey(encodeSigningKey(name, new Uint8Array(32).fill(fill)));
  if (!signer.ok) throw new Error(signer.error.message);
  return signer.value;
}

function verifierOf(vkey: string): NoteVerifier {
  const verifier = parseVerifierKey(vkey);
  if (!verifier.ok) throw new Error(verifier.error.message);
  return verifier.value;
}

const alice = signerOf("alice", 1);
const bob = signerOf("bob", 2);
const aliceKey = verifierOf(alice.vkey);

describe("signed notes", () => {
  it("opens the published example", () => {
    const opened = openNote(NOTE, [verifierOf(VKEY)]);
    expect(opened.ok && opened.value.text).toBe("This is an example message.\n");
  });

  it("ignores unknown keys and needs one that it knows", () => {
    const note = signNote("text\n", [bob, alice]);
    expect(openNote(note, [aliceKey])).toMatchObject({ ok: true });
    expect(openNote(signNote("text\n", [bob]), [aliceKey])).toMatchObject({
      error: { code: "note.unsigned" },
    });
  });

  it("rejects a note as soon as a known key does not verify", () => {
    const [, line = ""] = signNote("other\n", [alice]).split("\n\n");
    const note = `${signNote("text\n", [bob])}${line}`;
    expect(openNote(note, [verifierOf(bob.vkey), aliceKey])).toMatchObject({
      error: { code: "note.signature" },
    });
  });

  it("does not take two keys of one name for each other", () => {
    const impostor = signerOf("alice", 3);
    expect(openNote(signNote("text\n", [impostor]), [aliceKey])).toMatchObject({
      error: { code: "note.unsigned" },
    });
  });

  it("ends the text at the last empty line", () => {
    const opened = openNote(signNote("a\n\nb\n", [alice]), [aliceKey]);
    expect(opened.ok && opened.value.text).toBe("a\n\nb\n");
  });

  it("refuses every change of a byte", () => {
    const note = signNote("some text\nof two lines\n", [alice]);
    fc.assert(
      fc.property(fc.nat(note.length - 1), fc.integer({ min: 1, max: 127 }), (at, flip) => {
        const code = note.charCodeAt(at) ^ flip;
        const changed = note.slice(0, at) + String.fromCharCode(code) + note.slice(at + 1);
        expect(openNote(changed, [aliceKey]).ok).toBe(false);
      }),
    );
  });

  it.each([
    ["no signature", "text\n\n"],
    ["no empty line", "text\n"],
    ["control character", signNote("text\n", [alice]).replace("text", "te\u0007t")],
    ["carriage return", signNote("text\n", [alice]).replaceAll("\n", "\r\n")],
    ["unpadded base64", signNote("text\n", [alice]).replace(/=*\n$/, "\n")],
    [
      "too many signatures",
      signNote(
        "text\n",
        Array.from({ length: 101 }, () => alice),
      ),
    ],
  ])("refuses a note with %s", (_, note) => {
    expect(openNote(note, [aliceKey])).toMatchObject({ error: { code: "note.malformed" } });
  });
});

describe("keys", () => {
  it("survive encoding", () => {
    expect(verifierOf(alice.vkey).id).toBe(alice.id);
    expect(alice.vkey.startsWith("alice+")).toBe(true);
  });

  it.each([
    "",
    "alice",
    VKEY.replace("530d903a", "530d903b"),
    VKEY.replace("example.com/foo", "exam ple"),
    VKEY.slice(0, -4),
  ])("refuse `%s`", (vkey) => {
    expect(parseVerifierKey(vkey)).toMatchObject({ error: { code: "key.malformed" } });
  });
});

describe("checkpoints", () => {
  const checkpoint = { origin: "alice", size: 0, root: EMPTY_ROOT };

  it("have three lines", () => {
    expect(encodeCheckpoint(checkpoint)).toBe(
      "alice\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n",
    );
    expect(openCheckpoint(signCheckpoint(checkpoint, alice), "alice", [aliceKey])).toEqual({
      ok: true,
      value: { ...checkpoint, root: Buffer.from(EMPTY_ROOT) },
    });
  });

  it.each([
    "alice\n00\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n",
    "alice\n+1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n",
    "alice\n9007199254740993\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n",
    "alice\n1\n47DEQpj8\n",
    "alice\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\nextension\n",
    "\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n",
  ])("refuse the text %j", (text) => {
    expect(parseCheckpoint(text)).toMatchObject({ error: { code: "checkpoint.malformed" } });
  });

  it("belong to one log and are signed by it", () => {
    const note = signCheckpoint(checkpoint, alice);
    expect(openCheckpoint(note, "other", [aliceKey])).toMatchObject({
      error: { code: "checkpoint.malformed" },
    });
    const cosigned = signNote(encodeCheckpoint(checkpoint), [bob]);
    expect(openCheckpoint(cosigned, "alice", [verifierOf(bob.vkey)])).toMatchObject({
      error: { code: "note.unsigned" },
    });
    expect(() => signCheckpoint(checkpoint, bob)).toThrow(RangeError);
  });
});
