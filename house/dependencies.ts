import type { Lock, LockEntry } from "./lock.ts";
import { missingOptionals } from "./lock.ts";
import { type File, type Finding, seen } from "./repository.ts";

/** Licences that a user of Bylaw may be handed without further duties than a notice. */
const LICENCES: ReadonlySet<string> = new Set([
  "0BSD",
  "Apache-2.0",
  "BlueOak-1.0.0",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "ISC",
  "MIT",
]);

/** Production dependencies that may run a script at install, and why nothing breaks without it. */
const INSTALL_SCRIPTS: Readonly<Record<string, string>> = {
  "@photostructure/sqlite": "only picks the prebuilt binary, which loads without it as well",
};

const LOCK = "package-lock.json";

/** Rules on what Bylaw installs: licences, install scripts, completeness, one version for all packages. */
export function dependencies(files: readonly File[]): readonly Finding[] {
  const [file] = seen(
    files.filter(({ path }) => path === LOCK),
    "lock file",
  );
  const lock = JSON.parse(file?.text ?? "") as Lock;
  const shipped = seen(
    Object.entries(lock.packages).filter(([path, entry]) => isShipped(path, entry)),
    "production dependencies",
  );
  return [
    ...shipped.flatMap(([path, entry]) => shippedFindings(path, entry)),
    ...missingOptionals(lock).map(({ name }) =>
      found(LOCK, "dependencies.incomplete", `\`${name}\` has no entry: run \`npm run lock\``),
    ),
    ...versions(files),
    ...licences(files),
  ];
}

function isShipped(path: string, entry: LockEntry): boolean {
  const installed = path.includes("node_modules/") && entry.link !== true;
  return installed && entry.dev !== true && entry.devOptional !== true;
}

function shippedFindings(path: string, entry: LockEntry): readonly Finding[] {
  const name = path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length);
  const findings: Finding[] = [];
  if (!permitted(entry.license ?? ""))
    findings.push(
      found(LOCK, "dependencies.licence", `\`${name}\`: \`${entry.license ?? "none"}\``),
    );
  if (entry.hasInstallScript === true && INSTALL_SCRIPTS[name] === undefined)
    findings.push(
      found(LOCK, "dependencies.install_script", `\`${name}\` runs a script at install`),
    );
  if (entry.integrity === undefined)
    findings.push(found(LOCK, "dependencies.integrity", `\`${name}\` is not bound to its content`));
  return findings;
}

/** `A OR B` needs one permitted licence, `A AND B` all of them. */
function permitted(expression: string): boolean {
  return expression
    .replace(/[()]/g, "")
    .split(" OR ")
    .some((choice) => choice.split(" AND ").every((licence) => LICENCES.has(licence.trim())));
}

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly engines?: { readonly node?: string };
}

/** One version, one licence, one floor for all packages, and every dependency pinned exactly. */
function versions(files: readonly File[]): readonly Finding[] {
  const manifests = seen(
    files
      .filter(({ path }) => /^((packages|examples)\/[^/]+\/)?package\.json$/.test(path))
      .map(({ path, text }) => ({ path, manifest: JSON.parse(text) as Manifest })),
    "manifests",
  );
  const root = manifests.find(({ path }) => path === "package.json")?.manifest;
  return manifests.flatMap(({ path, manifest }) => {
    const findings: Finding[] = [];
    if (manifest.version !== root?.version)
      findings.push(found(path, "dependencies.version", `version \`${manifest.version}\``));
    if (manifest.license !== "Apache-2.0")
      findings.push(found(path, "dependencies.own_licence", "the licence is Apache-2.0"));
    if (manifest.engines?.node !== root?.engines?.node)
      findings.push(found(path, "dependencies.engines", "the floor of Node is the root's"));
    for (const [name, wanted] of Object.entries({
      ...manifest.dependencies,
      ...manifest.devDependencies,
    }))
      if (!/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(wanted))
        findings.push(found(path, "dependencies.range", `\`${name}\`: \`${wanted}\` is not exact`));
    return findings;
  });
}

/** Every tarball carries the licence: npm takes it from the package's own folder. */
function licences(files: readonly File[]): readonly Finding[] {
  const own = files.find(({ path }) => path === "LICENSE")?.text;
  return files
    .filter(({ path }) => /^(packages|examples)\/[^/]+\/package\.json$/.test(path))
    .map(({ path }) => path.replace("package.json", "LICENSE"))
    .filter((path) => own === undefined || files.find((file) => file.path === path)?.text !== own)
    .map((path) => found(path, "dependencies.licence_file", "is not a copy of the root's"));
}

function found(file: string, rule: string, because: string): Finding {
  return { rule, file, line: 1, because };
}
