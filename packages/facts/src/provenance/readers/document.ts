/** One string of a record under the name it has there; an empty name is running text. */
export interface Piece {
  readonly key: string;
  readonly text: string;
  /** Part of running text whatever its length: it cannot be a field. */
  readonly prose: boolean;
}

/** One entry of a result: what stands together. */
export type Entry = readonly Piece[];
