/** Look-ups that the analyzers need and may not make themselves: every effect of this package on the world. */
export interface AnalysisOps {
  /**
   * The absolute path with every symlink of its existing part resolved; the rest is appended as
   * written. Null where it cannot be established (permission, loop, over-long): treated as outside.
   */
  realPath(path: string): string | null;
  /**
   * Whether a file has other names (hard links): what is written under this one is read under those.
   * False where nothing exists; true where it cannot be told.
   */
  hasOtherNames(path: string): boolean;
  /**
   * What stands for the content of a file in the exact-action digest: equal texts mean equal content.
   * `absent` where nothing exists; starts with `folder:` for a folder. Larger files may be represented by size and modification time.
   * Null where it cannot be established: no approval ever covers such a file.
   */
  fileDigest(path: string): string | null;
  /**
   * The text of a regular file with at most `unitsMax` UTF-16 units. Null where there is none, where
   * it is larger or no UTF-8, or where it cannot be read: what it says is then unknown.
   */
  readText(path: string, unitsMax: number): string | null;
  /**
   * Names in a folder, those of folders with a `/` behind them. Null where there is no folder, where it
   * has more than `namesMax` entries, or where it cannot be read.
   */
  listFolder(path: string, namesMax: number): readonly string[] | null;
  /** Keyed digest (`hmac-sha256:<hex>`) of a text: stands in for it in records. */
  keyedDigest(text: string): string;
}
