/** The part of package-lock.json (version 3) that the house rules read. */
export interface Lock {
  readonly packages: Readonly<Record<string, LockEntry>>;
}

export interface LockEntry {
  readonly name?: string;
  readonly version?: string;
  readonly license?: string;
  readonly dev?: boolean;
  readonly optional?: boolean;
  readonly devOptional?: boolean;
  readonly link?: boolean;
  readonly integrity?: string;
  readonly hasInstallScript?: boolean;
  readonly os?: readonly string[];
  readonly cpu?: readonly string[];
  readonly libc?: readonly string[];
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const SYSTEMS = ["aix", "android", "darwin", "freebsd", "linux", "openharmony", "sunos", "win32"];
const PROCESSORS = ["arm", "arm64", "ia32", "ppc64", "riscv64", "s390x", "x64"];

/** An entry's members in npm's own order, so that npm leaves the file alone afterwards. */
interface Platform {
  readonly cpu: readonly string[];
  readonly libc?: readonly string[];
  readonly optional: true;
  readonly os: readonly string[];
}

/** Which machines a platform package is for, read from a name such as `@x/cli-linux-x64-musl`. */
export function platformOf(name: string): Platform | null {
  const words = name.split(/[/-]/);
  const os = SYSTEMS.find((system) => words.includes(system));
  const cpu = PROCESSORS.find((processor) => words.includes(processor));
  if (os === undefined || cpu === undefined) return null;
  const libc = words.some((word) => word.startsWith("musl")) ? "musl" : "glibc";
  return { cpu: [cpu], ...(os === "linux" ? { libc: [libc] } : {}), optional: true, os: [os] };
}

export interface Missing {
  /** Where its entry belongs: `node_modules/<name>`. */
  readonly key: string;
  readonly name: string;
  /** As the dependent asks for it; platform packages are always pinned. */
  readonly version: string;
  readonly dependent: LockEntry;
}

/** Optional dependencies without an entry: `npm ci` refuses such a lock file. */
export function missingOptionals(lock: Lock): readonly Missing[] {
  return Object.entries(lock.packages).flatMap(([path, dependent]) =>
    Object.entries(dependent.optionalDependencies ?? {})
      .filter(([name]) => !resolves(lock, path, name))
      .map(([name, version]) => ({ key: `node_modules/${name}`, name, version, dependent })),
  );
}

/** The lock file with an entry for every platform package that it lacked. */
export function completed(lock: Lock): { readonly lock: Lock; readonly added: readonly string[] } {
  const packages: Record<string, LockEntry> = { ...lock.packages };
  const missing = missingOptionals(lock);
  for (const { key, name, version, dependent } of missing) {
    const platform = platformOf(name);
    if (platform === null) throw new Error(`\`${name}\` names no platform: install it by hand`);
    // No integrity: it is unknown here, and npm adds it on the machines that install the package.
    const { cpu, ...rest } = platform;
    packages[key] = { version, cpu, ...(dependent.dev ? { dev: true } : {}), ...rest };
  }
  const sorted = Object.fromEntries(
    Object.entries(packages).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)),
  );
  return { lock: { ...lock, packages: sorted }, added: missing.map(({ key }) => key) };
}

/** Node's look-up: from the dependent's own folder outwards. */
function resolves(lock: Lock, path: string, name: string): boolean {
  for (let base = path; ; base = base.slice(0, Math.max(0, base.lastIndexOf("/node_modules/")))) {
    const key = base === "" ? `node_modules/${name}` : `${base}/node_modules/${name}`;
    if (key in lock.packages) return true;
    if (base === "") return false;
  }
}
