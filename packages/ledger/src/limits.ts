/** tlog-tiles: the length of an entry is a big-endian uint16. */
export const ENTRY_BYTES_MAX = 65_535;
/** tlog-tiles: a tile is eight levels of the tree high. */
export const TILE_HEIGHT = 8;
export const TILE_WIDTH: number = 2 ** TILE_HEIGHT;
/** tlog-tiles: levels that a tree of at most 2^53 - 1 entries can reach. */
export const TILE_LEVELS_MAX = 7;
/** Signed notes ask for at least 16; more than this is somebody filling memory. */
export const NOTE_SIGNATURES_MAX = 100;
export const NOTE_BYTES_MAX = 1_000_000;
/** Problems that a verification report lists in full; the others are counted. */
export const PROBLEMS_MAX = 100;
/** Folded tiles that a proof reader keeps, 16 KB each. */
export const CACHED_TILES_MAX = 64;
/** A log signs at least this often, so a longer tail without a signature is not the log's own. */
export const UNSIGNED_ENTRIES_MAX = 1_000;
/** A path from a leaf to the root of the largest tree. */
export const PROOF_HASHES_MAX = 63;
/** A proof file: an entry and a note at their largest, in base64, with room for the hashes. */
export const PROOF_BYTES_MAX = 1_200_000;
/** tlog-witness: hashes of a consistency proof in one submission. */
export const SUBMISSION_HASHES_MAX = 63;
/** Lines of a policy file; the specification asks for room for at least 96 definitions. */
export const POLICY_LINES_MAX = 1_000;
/** A receipt holds one checkpoint; more than this is not one. Characters. */
export const RECEIPT_CHARS_MAX = 65_536;
