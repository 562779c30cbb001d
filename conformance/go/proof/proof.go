// Command proof checks a proof file of one entry (C2SP tlog-proof, with the entry as its extra data)
// with the Go team's own implementation of transparency logs, which shares no code with Bylaw.
//
// Usage: proof <file> <vkey>
//
// It prints the index and the entry, and exits 0, if the log that the key belongs to has committed to
// exactly that entry.
package main

import (
	"encoding/base64"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func main() {
	if len(os.Args) != 3 {
		fail("usage: proof <file> <vkey>")
	}
	file, err := os.ReadFile(os.Args[1])
	check(err)
	head, signed, found := strings.Cut(string(file), "\n\n")
	lines := strings.Split(head, "\n")
	if !found || len(lines) < 3 || lines[0] != "c2sp.org/tlog-proof@v1" {
		fail("not a proof file")
	}
	entry := decode(after(lines[1], "extra "))
	index, err := strconv.ParseInt(after(lines[2], "index "), 10, 64)
	check(err)
	var proof tlog.RecordProof
	for _, line := range lines[3:] {
		proof = append(proof, hash(line))
	}
	size, root := checkpoint(signed, os.Args[2])
	check(tlog.CheckRecord(proof, size, root, index, tlog.RecordHash(entry)))
	fmt.Println("ok", index, string(entry))
}

// checkpoint opens a signed note and reads its three lines.
func checkpoint(signed, vkey string) (int64, tlog.Hash) {
	verifier, err := note.NewVerifier(vkey)
	check(err)
	opened, err := note.Open([]byte(signed), note.VerifierList(verifier))
	check(err)
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[3] != "" || lines[0] != verifier.Name() {
		fail("not a checkpoint of this log")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	check(err)
	return size, hash(lines[2])
}

func after(line, prefix string) string {
	if !strings.HasPrefix(line, prefix) {
		fail("no line `" + prefix + "...`")
	}
	return strings.TrimPrefix(line, prefix)
}

func hash(text string) tlog.Hash {
	var hash tlog.Hash
	decoded := decode(text)
	if len(decoded) != tlog.HashSize {
		fail("not a hash: " + text)
	}
	copy(hash[:], decoded)
	return hash
}

func decode(text string) []byte {
	decoded, err := base64.StdEncoding.DecodeString(text)
	check(err)
	return decoded
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
