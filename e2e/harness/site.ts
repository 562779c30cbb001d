import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The repository's folder: from `e2e/harness` and from `e2e/dist/harness`. */
export const REPOSITORY: string = repositoryFrom(dirname(fileURLToPath(import.meta.url)));

/** A deployment in a temporary folder: `bylaw.yaml`, files beside it, and a data folder apart from them. */
export interface Site {
  /** Where configuration and files are. */
  readonly folder: string;
  /** Bylaw's data folder; made by the gateway. */
  readonly data: string;
  /** Home folder of commands that look into it; the developer's own otherwise. */
  readonly home?: string;
  /** Replaces the configuration; JSON is YAML. */
  configure(configuration: object): void;
  write(name: string, text: string): string;
  remove(): void;
}

export function openSite(
  configuration: object,
  files: Readonly<Record<string, string>> = {},
): Site {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "bylaw-e2e-")));
  const folder = join(root, "site");
  mkdirSync(folder);
  const site: Site = {
    folder,
    data: join(root, "data"),
    configure: (next) => void site.write("bylaw.yaml", JSON.stringify(next, null, 2)),
    write: (name, text) => {
      const path = join(folder, name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
      return path;
    },
    // A process that was just ended may still be writing its last file.
    remove: () => rmSync(root, { recursive: true, force: true, maxRetries: 10 }),
  };
  site.configure(configuration);
  for (const [name, text] of Object.entries(files)) site.write(name, text);
  return site;
}

/** Path of a test server as built; start it with `node`. */
export function upstream(name: "recorder" | "hostile" | "leaky"): string {
  return join(REPOSITORY, "e2e", "dist", "upstreams", `${name}.js`);
}

/** Path of the main file of one of the servers of others. */
export function reference(name: "server-everything" | "server-filesystem"): string {
  return join(REPOSITORY, "e2e", "node_modules", "@modelcontextprotocol", name, "dist", "index.js");
}

function repositoryFrom(here: string): string {
  return join(here, here.includes(join("e2e", "dist")) ? "../../.." : "../..");
}
