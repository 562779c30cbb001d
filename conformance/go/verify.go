// Command verify checks a published log with the Go team's own implementation of transparency
// logs, golang.org/x/mod/sumdb, which shares no code with Bylaw.
//
// Usage: verify <folder> <vkey> [<checkpoint seen before>]
//
// It opens the checkpoint, replays every entry, compares every tile, checks inclusion and
// consistency proofs for a sample of entries and that the log continues the checkpoint seen before.
// It prints one line and exits 0 if all hold.
package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const (
	height = 8
	width  = 1 << height
)

func main() {
	if len(os.Args) != 3 && len(os.Args) != 4 {
		fail("usage: verify <folder> <vkey> [<checkpoint seen before>]")
	}
	size, root := checkpoint(filepath.Join(os.Args[1], "checkpoint"), os.Args[2])
	log := &folder{path: os.Args[1], size: size}
	hashes := log.replay()
	if rootAt(size, hashes) != root {
		fail("root mismatch")
	}
	if len(os.Args) == 4 {
		seen, seenRoot := checkpoint(os.Args[3], os.Args[2])
		if seen > size || rootAt(seen, hashes) != seenRoot {
			fail("not a continuation of the checkpoint seen before")
		}
	}
	log.compareTiles(hashes)
	log.prove(root, hashes)
	fmt.Println("ok", size)
}

// rootAt is tlog.TreeHash, which gives zeros for the empty tree where C2SP has SHA-256 of nothing.
func rootAt(size int64, hashes tlog.HashReader) tlog.Hash {
	if size == 0 {
		return sha256.Sum256(nil)
	}
	root, err := tlog.TreeHash(size, hashes)
	check(err)
	return root
}

// checkpoint opens the signed note in a file and reads its three lines.
func checkpoint(file, vkey string) (int64, tlog.Hash) {
	verifier, err := note.NewVerifier(vkey)
	check(err)
	signed, err := os.ReadFile(file)
	check(err)
	opened, err := note.Open(signed, note.VerifierList(verifier))
	check(err)
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[3] != "" || lines[0] != verifier.Name() {
		fail("not a checkpoint of this log")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	check(err)
	if strconv.FormatInt(size, 10) != lines[1] {
		fail("tree size is not canonical")
	}
	decoded, err := base64.StdEncoding.DecodeString(lines[2])
	check(err)
	var root tlog.Hash
	if copy(root[:], decoded) != tlog.HashSize || len(decoded) != tlog.HashSize {
		fail("root is not a hash")
	}
	return size, root
}

type folder struct {
	path string
	size int64
}

// replay computes every hash of the tree from the entries alone.
func (log *folder) replay() tlog.HashReader {
	var stored []tlog.Hash
	reader := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		found := make([]tlog.Hash, len(indexes))
		for i, index := range indexes {
			found[i] = stored[index]
		}
		return found, nil
	})
	for first := int64(0); first < log.size; first += width {
		count := log.size - first
		if count > width {
			count = width
		}
		bundle := log.read("entries", first/width, count)
		for i := int64(0); i < count; i++ {
			if len(bundle) < 2 {
				fail("bundle is too short")
			}
			length := int(binary.BigEndian.Uint16(bundle))
			if len(bundle) < 2+length {
				fail("bundle is too short")
			}
			hashes, err := tlog.StoredHashes(first+i, bundle[2:2+length], reader)
			check(err)
			stored = append(stored, hashes...)
			bundle = bundle[2+length:]
		}
		if len(bundle) != 0 {
			fail("bundle is too long")
		}
	}
	return reader
}

// compareTiles compares every tile on file with the one computed from the entries.
func (log *folder) compareTiles(hashes tlog.HashReader) {
	level := 0
	for count := log.size; count > 0; count /= width {
		for n := int64(0); n*width < count; n++ {
			w := count - n*width
			if w > width {
				w = width
			}
			tile := tlog.Tile{H: height, L: level, N: n, W: int(w)}
			computed, err := tlog.ReadTileData(tile, hashes)
			check(err)
			if !bytes.Equal(computed, log.read(strconv.Itoa(level), n, w)) {
				fail(fmt.Sprintf("tile %d/%d mismatch", level, n))
			}
		}
		level++
	}
}

// prove checks proofs made from the tiles on file, as any reader of the log would.
func (log *folder) prove(root tlog.Hash, hashes tlog.HashReader) {
	tiles := tlog.TileHashReader(tlog.Tree{N: log.size, Hash: root}, log)
	step := log.size/97 + 1
	for index := int64(0); index < log.size; index += step {
		leaf, err := hashes.ReadHashes([]int64{tlog.StoredHashIndex(0, index)})
		check(err)
		record, err := tlog.ProveRecord(log.size, index, tiles)
		check(err)
		check(tlog.CheckRecord(record, log.size, root, index, leaf[0]))
		old, err := tlog.TreeHash(index+1, hashes)
		check(err)
		tree, err := tlog.ProveTree(log.size, index+1, tiles)
		check(err)
		check(tlog.CheckTree(tree, log.size, root, index+1, old))
	}
}

// Height, ReadTiles and SaveTiles make the folder a tlog.TileReader.
func (log *folder) Height() int { return height }

func (log *folder) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	read := make([][]byte, len(tiles))
	for i, tile := range tiles {
		read[i] = log.read(strconv.Itoa(tile.L), tile.N, int64(tile.W))
	}
	return read, nil
}

func (log *folder) SaveTiles([]tlog.Tile, [][]byte) {}

// read reads a tile or bundle by its tlog-tiles path, or the full one cut to its width.
func (log *folder) read(level string, n, w int64) []byte {
	number := fmt.Sprintf("%03d", n%1000)
	for n >= 1000 {
		n /= 1000
		number = fmt.Sprintf("x%03d/%s", n%1000, number)
	}
	path := filepath.Join(log.path, "tile", level, number)
	if w == width {
		data, err := os.ReadFile(path)
		check(err)
		return data
	}
	data, err := os.ReadFile(path + ".p/" + strconv.FormatInt(w, 10))
	if err == nil || level == "entries" {
		check(err)
		return data
	}
	data, err = os.ReadFile(path)
	check(err)
	return data[:w*tlog.HashSize]
}

func check(err error) {
	if err != nil {
		fail(err.Error())
	}
}

func fail(reason string) {
	fmt.Println("refused:", reason)
	os.Exit(1)
}
