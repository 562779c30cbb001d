import { list } from "tar";

/** The files of a gzipped tar archive by path, as text. */
export async function readArchive(file: string): Promise<ReadonlyMap<string, string>> {
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
