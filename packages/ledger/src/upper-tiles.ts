import { sameBytes } from "./hash.ts";
import { TILE_WIDTH } from "./limits.ts";
import type { LogReader } from "./reader.ts";
import type { createProblems } from "./report.ts";
import { splitTile, tileWidth } from "./tiles.ts";
import type { TileHash } from "./tree.ts";

/** Holds the tiles above level 0 against the hashes computed from the entries. */
export interface UpperTiles {
  check(computed: TileHash): Promise<void>;
  /** In: how many entries are confirmed. A tile that differs above others says nothing new. */
  finish(sound: number): void;
}

interface Loaded {
  readonly index: number;
  readonly hashes: readonly Uint8Array[] | null;
}

export function createUpperTiles(
  source: Pick<LogReader, "tile">,
  size: number,
  problems: ReturnType<typeof createProblems>,
): UpperTiles {
  /** The tile in progress of each level: hashes of one level arrive in order. */
  const current = new Map<number, Loaded>();
  const differing: TileHash[] = [];

  async function load(level: number, index: number): Promise<Loaded> {
    const width = tileWidth(level, index, size);
    const bytes = await source.tile(level, index, width);
    const split = bytes === null ? null : splitTile(bytes, width);
    if (split?.ok) return { index, hashes: split.value };
    const [from, until] = covered({ level, index: index * TILE_WIDTH }, width);
    problems.add("tile.missing", from, until, `no tile ${level}/${index} of width ${width}`);
    return { index, hashes: null };
  }

  return {
    async check(computed): Promise<void> {
      const { level } = computed;
      const index = Math.floor(computed.index / TILE_WIDTH);
      let tile = current.get(level);
      if (tile?.index !== index) current.set(level, (tile = await load(level, index)));
      const filed = tile.hashes?.[computed.index % TILE_WIDTH];
      if (filed !== undefined && !sameBytes(filed, computed.hash)) differing.push(computed);
    },
    finish(sound): void {
      for (const tile of differing) {
        const [from, until] = covered(tile, 1);
        if (until > sound) continue;
        const name = `${tile.level}/${Math.floor(tile.index / TILE_WIDTH)}`;
        problems.add("tile.hash", from, until, `tile ${name} is not what its entries hash to`);
      }
    },
  };
}

/** The entries below `count` hashes of a tile level. */
function covered(
  { level, index }: Pick<TileHash, "level" | "index">,
  count: number,
): readonly [number, number] {
  const span = TILE_WIDTH ** level;
  return [index * span, (index + count) * span];
}
