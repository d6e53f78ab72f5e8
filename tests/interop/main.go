// Checks a log that Dauson serves with Go's own packages for transparency logs:
//
//	interop URL VKEY [PROOF INDEX ...]
//
// the checkpoint (sumdb/note), every tile and every entry, inclusion and consistency proofs (sumdb/tlog), proofs that were made by
// the log itself, from files; and all of it once more with Tessera's fsck.
package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	"net/http"
	neturl "net/url"
	"os"
	"strconv"
	"strings"

	"github.com/transparency-dev/merkle/rfc6962"
	"github.com/transparency-dev/tessera/api"
	"github.com/transparency-dev/tessera/client"
	"github.com/transparency-dev/tessera/fsck"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "interop:", err)
		os.Exit(1)
	}
}

func fetch(url string) ([]byte, error) {
	answer, err := http.Get(url)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s", url, answer.Status)
	}
	return io.ReadAll(answer.Body)
}

// open verifies a checkpoint and reads it.
func open(text []byte, key note.Verifier) (tlog.Tree, error) {
	opened, err := note.Open(text, note.VerifierList(key))
	if err != nil {
		return tlog.Tree{}, err
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) < 4 || lines[0] != key.Name() {
		return tlog.Tree{}, fmt.Errorf("not a checkpoint of %s: %q", key.Name(), opened.Text)
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return tlog.Tree{}, err
	}
	root, err := tlog.ParseHash(lines[2])
	return tlog.Tree{N: size, Hash: root}, err
}

// tiles reads tiles under the paths of C2SP tlog-tiles, which lack the height that Go's have.
type tiles struct{ url string }

func (t tiles) Height() int { return 8 }

func (t tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, tile := range wanted {
		path := strings.Replace(tile.Path(), "tile/8/", "tile/", 1)
		data, err := fetch(t.url + "/" + path)
		if err != nil {
			return nil, err
		}
		all = append(all, data)
	}
	return all, nil
}

func (t tiles) SaveTiles([]tlog.Tile, [][]byte) {}

func entries(url string, size int64) ([][]byte, error) {
	var all [][]byte
	for bundle := int64(0); bundle*256 < size; bundle++ {
		tile := tlog.Tile{H: 8, L: -1, N: bundle, W: int(min(size-bundle*256, 256))}
		path := strings.Replace(tile.Path(), "tile/8/data/", "tile/entries/", 1)
		data, err := fetch(url + "/" + path)
		if err != nil {
			return nil, err
		}
		for len(data) > 0 {
			if len(data) < 2 || len(data) < 2+int(binary.BigEndian.Uint16(data)) {
				return nil, fmt.Errorf("%s is cut off", path)
			}
			length := int(binary.BigEndian.Uint16(data))
			all = append(all, data[2:2+length])
			data = data[2+length:]
		}
	}
	if int64(len(all)) != size {
		return nil, fmt.Errorf("%d entries in a log of %d", len(all), size)
	}
	return all, nil
}

// proof checks a C2SP tlog-proof.
func proof(text []byte, entry []byte, want int64, key note.Verifier) error {
	head, checkpoint, found := bytes.Cut(text, []byte("\n\n"))
	if !found {
		return fmt.Errorf("no checkpoint in the proof")
	}
	lines := strings.Split(string(head), "\n")
	if lines[0] != "c2sp.org/tlog-proof@v1" || lines[1] != fmt.Sprintf("index %d", want) {
		return fmt.Errorf("not a proof of entry %d: %q", want, lines[:2])
	}
	var hashes tlog.RecordProof
	for _, line := range lines[2:] {
		raw, err := base64.StdEncoding.DecodeString(line)
		if err != nil || len(raw) != tlog.HashSize {
			return fmt.Errorf("not a hash: %q", line)
		}
		hashes = append(hashes, tlog.Hash(raw))
	}
	tree, err := open(checkpoint, key)
	if err != nil {
		return err
	}
	return tlog.CheckRecord(hashes, tree.N, tree.Hash, want, tlog.RecordHash(entry))
}

// tessera has Tessera's checker look at the whole log.
func tessera(url string, key note.Verifier) error {
	root, err := neturl.Parse(url)
	if err != nil {
		return err
	}
	source, err := client.NewHTTPFetcher(root, nil)
	if err != nil {
		return err
	}
	leaves := func(bundle []byte) ([][]byte, error) {
		entries := &api.EntryBundle{}
		if err := entries.UnmarshalText(bundle); err != nil {
			return nil, err
		}
		var hashes [][]byte
		for _, entry := range entries.Entries {
			hashes = append(hashes, rfc6962.DefaultHasher.HashLeaf(entry))
		}
		return hashes, nil
	}
	return fsck.New(key.Name(), key, source, leaves, fsck.Opts{N: 4}).Check(context.Background())
}

func main() {
	url, vkey, proofs := os.Args[1], os.Args[2], os.Args[3:]
	key, err := note.NewVerifier(vkey)
	check(err)
	text, err := fetch(url + "/checkpoint")
	check(err)
	tree, err := open(text, key)
	check(err)
	// this reader verifies each tile against the root hash before it believes it
	reader := tlog.TileHashReader(tree, tiles{url})
	all, err := entries(url, tree.N)
	check(err)
	var leaves []int64
	for i := range all {
		leaves = append(leaves, tlog.StoredHashIndex(0, int64(i)))
	}
	hashes, err := reader.ReadHashes(leaves)
	check(err)
	for i, entry := range all {
		if hashes[i] != tlog.RecordHash(entry) {
			check(fmt.Errorf("entry %d does not have the hash of its tile", i))
		}
	}
	for i := int64(0); i < tree.N; i += 1 + tree.N/50 {
		inclusion, err := tlog.ProveRecord(tree.N, i, reader)
		check(err)
		check(tlog.CheckRecord(inclusion, tree.N, tree.Hash, i, hashes[i]))
		older, err := tlog.TreeHash(i+1, reader)
		check(err)
		consistency, err := tlog.ProveTree(tree.N, i+1, reader)
		check(err)
		check(tlog.CheckTree(consistency, tree.N, tree.Hash, i+1, older))
	}
	for ; len(proofs) > 1; proofs = proofs[2:] {
		text, err := os.ReadFile(proofs[0])
		check(err)
		index, err := strconv.ParseInt(proofs[1], 10, 64)
		check(err)
		check(proof(text, all[index], index, key))
	}
	check(tessera(url, key))
	fmt.Printf("%d entries of %s\n", tree.N, key.Name())
}
