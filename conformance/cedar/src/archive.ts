import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { list } from "tar";

/** The files of a gzipped tar archive, or of a folder, by path as text. */
export async function readArchive(path: string): Promise<ReadonlyMap<string, string>> {
  return (await stat(path)).isDirectory() ? readFolder(path) : readTar(path);
}

async function readFolder(folder: string): Promise<ReadonlyMap<string, string>> {
  const files = new Map<string, string>();
  for (const name of await readdir(folder, { recursive: true }))
    if (/\.(json|cedar|cedarschema)$/.test(name))
      files.set(name.replaceAll("\\", "/"), await readFile(join(folder, name), "utf8"));
  return files;
}

async function readTar(file: string): Promise<ReadonlyMap<string, string>> {
  const files = new Map<string, string>();
  await list({
    file,
    onReadEntry: (entry) => {
      const chunks: Buffer[] = [];
      entry.on("data", (chunk: Buffer) => chunks.push(chunk));
      entry.on("end", () => files.set(entry.path, Buffer.concat(chunks).toString("utf8")));
    },
  });
  return files;
}
