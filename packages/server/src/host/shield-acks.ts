import { readFileSync, renameSync, writeFileSync } from "node:fs";
import type { ShieldAck } from "@bylaw/bundle";
import { fail, ok, type Result } from "@bylaw/core";
import { parseDocument, stringify } from "yaml";
import * as z from "zod";

/** An acknowledgement with who gave it and when. */
export interface SignedAck extends ShieldAck {
  readonly by: string;
  /** Canonical time. */
  readonly at: string;
}

interface AckFile {
  readonly version: 1;
  readonly acks: readonly SignedAck[];
}

/** Acknowledgements in one file. */
const ACKS_MAX = 10_000;

const schema: z.ZodType<AckFile> = z.strictObject({
  version: z.literal(1),
  acks: z
    .array(
      z.strictObject({
        id: z.string().min(1).max(128),
        entry: z.string().regex(/^sha256:[0-9a-f]{64}$/),
        by: z.string().min(1).max(64),
        at: z.iso.datetime(),
      }),
    )
    .max(ACKS_MAX),
});

/**
 * The acknowledgements of a file, none where it is not there. They stand beside the configuration so
 * that they are reviewed with it, and each is bound to the wording of its entry. Error: a text.
 */
export function readAcks(file: string): Result<readonly SignedAck[], string> {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === "ENOENT" ? ok([]) : fail(`${file}: cannot be read (${code ?? "unknown"})`);
  }
  const document = parseDocument(text, { uniqueKeys: true, merge: false });
  const syntax = document.errors[0]?.message.split("\n")[0];
  if (syntax !== undefined) return fail(`${file}: ${syntax}`);
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 0 });
  } catch (error) {
    return fail(`${file}: ${(error as Error).message}`);
  }
  const checked = schema.safeParse(value);
  if (checked.success) return ok(checked.data.acks);
  const issue = checked.error.issues[0];
  return fail(`${file}: \`${issue?.path.join(".") ?? ""}\`: ${issue?.message ?? "not readable"}`);
}

/** Adds acknowledgements, or replaces those of the same entry in another wording. Throws what the file system does. */
export function writeAcks(
  file: string,
  before: readonly SignedAck[],
  added: readonly SignedAck[],
): void {
  const ids = new Set(added.map(({ id }) => id));
  const acks = [...before.filter(({ id }) => !ids.has(id)), ...added];
  const head =
    "# Parts of SHIELD entries that Bylaw cannot enforce, and who has acknowledged that.\n" +
    "# Written by `bylaw shield ack`; an acknowledgement counts for one wording of an entry.\n";
  const fresh = `${file}.new`;
  writeFileSync(fresh, head + stringify({ version: 1, acks }), { mode: 0o644 });
  renameSync(fresh, file);
}
