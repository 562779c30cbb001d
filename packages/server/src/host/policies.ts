import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { loadBundle, openBundle, type PolicyFile, readUnsigned, renderError } from "@bylaw/bundle";
import { type Bundle, fail, ok, type Result } from "@bylaw/core";
import { loadConfig } from "../config/load.ts";
import { loadRules } from "./rules.ts";

/** Why there are no policies to decide with. */
export interface PoliciesError {
  readonly code: "policy.invalid" | "policies.unreadable" | "bundle.not_found" | "bundle.digest";
  readonly message: string;
}

type Loaded = Promise<Result<Bundle, PoliciesError>>;

const DIGEST = /^sha256:([0-9a-f]{64})$/;

/**
 * Policies to decide with again, from wherever they are: the digest of a version in the data folder's
 * history, a `bylaw.yaml` or a folder with one, a folder of `.cedar` files, one such file, or a bundle
 * file. What is asked for by digest must come to that digest, so it needs no signature.
 */
export async function loadPolicies(where: string, folder: string): Loaded {
  const digest = DIGEST.exec(where);
  if (digest !== null) return await fromHistory(folder, where, digest[1] ?? "");
  try {
    if (statSync(where).isDirectory()) {
      const names = readdirSync(where).sort();
      if (names.includes("bylaw.yaml")) return await fromConfig(join(where, "bylaw.yaml"));
      const files = names.filter((name) => name.endsWith(".cedar"));
      if (files.length === 0)
        return unreadable(`\`${where}\` has neither \`bylaw.yaml\` nor \`.cedar\` files`);
      return await fromFiles(files.map((name) => readPolicy(join(where, name))));
    }
    if (where.endsWith(".cedar")) return await fromFiles([readPolicy(where)]);
    if (where.endsWith(".json")) return await fromBundleFile(where);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    return unreadable(`cannot read \`${where}\` (${code})`);
  }
  return await fromConfig(where);
}

function readPolicy(path: string): PolicyFile {
  return { file: path, text: readFileSync(path, "utf8") };
}

async function fromConfig(path: string): Loaded {
  const config = loadConfig(path);
  if (!config.ok) return unreadable(config.error.map(({ message }) => message).join("\n"));
  const rules = await loadRules(config.value);
  return rules.ok ? ok(rules.value.bundle) : invalid(rules.error);
}

async function fromFiles(sources: readonly PolicyFile[]): Loaded {
  const loaded = await loadBundle({ sources });
  return loaded.ok ? loaded : invalid(loaded.error.map(renderError));
}

/** The file of a version is named after its digest and, behind a dash, after more than policies. */
async function fromHistory(folder: string, digest: string, hex: string): Loaded {
  const place = join(folder, "bundles");
  let names: readonly string[];
  try {
    names = readdirSync(place).sort();
  } catch {
    names = [];
  }
  const name = names.find((one) => one === `${hex}.json` || one.startsWith(`${hex}-`));
  if (name === undefined)
    return fail({
      code: "bundle.not_found",
      message: `\`${place}\` has no version with the digest \`${digest}\``,
    });
  try {
    const loaded = await fromBundleFile(join(place, name));
    return loaded.ok && loaded.value.digest !== digest
      ? fail({ code: "bundle.digest", message: `\`${name}\` comes to \`${loaded.value.digest}\`` })
      : loaded;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return unreadable(`cannot read \`${join(place, name)}\` (${code ?? "unknown"})`);
  }
}

/** A bundle file with the policies that it says it has: the digest decides, whoever signed it. */
async function fromBundleFile(path: string): Loaded {
  const file = readUnsigned(readFileSync(path, "utf8"));
  if (!file.ok) return unreadable(`\`${path}\` is not a bundle file`);
  const loaded = await openBundle(file.value);
  if (loaded.ok) return loaded;
  const other = loaded.error.some(({ code }) => code === "bundle.digest");
  return other
    ? fail({ code: "bundle.digest", message: `\`${path}\` does not come to the digest it names` })
    : invalid(loaded.error.map(renderError));
}

function invalid(problems: readonly string[]): ReturnType<typeof fail<PoliciesError>> {
  return fail({ code: "policy.invalid", message: problems.join("\n") });
}

function unreadable(message: string): ReturnType<typeof fail<PoliciesError>> {
  return fail({ code: "policies.unreadable", message });
}
