package pgvault_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/pgvault"
	"github.com/stazh/stazh/ledger/seal"
)

const mebibyte = 1 << 20

func archive(t *testing.T) (*pgvault.Archive, *pgxpool.Pool, string) {
	t.Helper()
	p, dir := pool(t), t.TempDir()
	return pgvault.NewArchive(p, keyring(t, nil), dir), p, dir
}

// noise does not compress, so that stored chunks are as large as they get.
func noise(size int) []byte {
	content := make([]byte, size)
	random := rand.NewChaCha8([32]byte{byte(size)})
	_, _ = random.Read(content) // never fails
	return content
}

func stored(t *testing.T, a *pgvault.Archive, name ledger.Hash) []byte {
	t.Helper()
	f, err := a.Open(t.Context(), name)
	require.NoError(t, err)
	defer f.Close()
	content, err := io.ReadAll(f)
	require.NoError(t, err)
	require.EqualValues(t, len(content), f.Size())
	return content
}

// resident is content in memory, which is read only where it is larger than a chunk.
type resident struct {
	*bytes.Reader
	content []byte
}

func (r resident) Resident() []byte { return r.content }

func TestArchiveGivesBackTheSameBytes(t *testing.T) {
	t.Parallel()
	_, p, dir := archive(t)
	for _, size := range []int{0, 1, mebibyte - 1, mebibyte, mebibyte + 1, 5 * mebibyte} {
		want := noise(size)
		lines := bytes.Repeat([]byte("ПУ-3=И=ИВАНОВА\r\n"), size/24+1)[:size]
		for what, content := range map[string]io.Reader{
			// One byte too few at each read must make no difference.
			"read":     iotest.HalfReader(bytes.NewReader(want)),
			"resident": resident{bytes.NewReader(want), want},
			"packed":   resident{bytes.NewReader(lines), lines},
		} {
			want := want
			if what == "packed" {
				want = lines
			}
			_, err := p.Exec(t.Context(), "TRUNCATE vault.chunk")
			require.NoError(t, err)
			a := pgvault.NewArchive(p, keyring(t, nil), dir) // which does not remember the bytes
			name, n, err := a.Put(t.Context(), content)
			require.NoError(t, err, size)
			require.EqualValues(t, size, n)
			require.EqualValues(t, sha256.Sum256(want), name)
			require.True(t, bytes.Equal(want, stored(t, a, name)), "%d bytes, %s", size, what)
			require.Equal(t, max(1, (size+mebibyte-1)/mebibyte), count(t, p, "chunk"))
		}
	}
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Empty(t, left, "no temporary file stays")
}

func TestArchiveStoresTheSameBytesOnce(t *testing.T) {
	t.Parallel()
	a, p, _ := archive(t)
	content := noise(2*mebibyte + 5)
	names := make([]ledger.Hash, 6)
	errs := make([]error, len(names))
	var begin, end sync.WaitGroup
	begin.Add(1)
	for i := range names {
		end.Go(func() {
			begin.Wait()
			names[i], _, errs[i] = a.Put(t.Context(), bytes.NewReader(content))
			if errs[i] == nil {
				// Durable for each of them, whoever has stored it.
				var f *pgvault.Content
				if f, errs[i] = a.Open(t.Context(), names[i]); errs[i] == nil {
					errs[i] = f.Close()
				}
			}
		})
	}
	begin.Done()
	end.Wait()
	for i := range names {
		require.NoError(t, errs[i])
		require.Equal(t, names[0], names[i])
	}
	require.Equal(t, 3, count(t, p, "chunk"))

	for _, again := range []*pgvault.Archive{a, pgvault.NewArchive(p, keyring(t, nil), t.TempDir())} {
		_, _, err := again.Put(t.Context(), bytes.NewReader(content))
		require.NoError(t, err)
		require.Equal(t, 3, count(t, p, "chunk"))
	}
	p.Close()
	name, size, err := a.Put(t.Context(), bytes.NewReader(content))
	require.NoError(t, err, "what was stored a moment ago needs no database")
	require.Equal(t, names[0], name)
	require.EqualValues(t, len(content), size)
	_, _, err = a.Put(t.Context(), bytes.NewReader(content[1:]))
	require.Error(t, err)
}

func TestArchiveStoresNothingOfAFileThatCannotBeRead(t *testing.T) {
	t.Parallel()
	a, p, dir := archive(t)
	failure := errors.New("the line went dead")
	_, _, err := a.Put(t.Context(),
		io.MultiReader(bytes.NewReader(noise(mebibyte+1)), iotest.ErrReader(failure)))
	require.ErrorIs(t, err, failure)
	require.Zero(t, count(t, p, "chunk"))
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Empty(t, left)
}

func TestArchiveFindsOnlyWhatIsThere(t *testing.T) {
	t.Parallel()
	a, _, _ := archive(t)
	_, err := a.Open(t.Context(), ledger.Hash{1})
	require.ErrorIs(t, err, pgvault.ErrNotArchived)
	require.ErrorContains(t, err, ledger.Hash{1}.String())
}

// TestArchiveFindsEveryChange: whatever somebody changes in the tables, the file is
// refused, never given changed.
func TestArchiveFindsEveryChange(t *testing.T) {
	t.Parallel()
	a, p, _ := archive(t)
	size := 2 * mebibyte
	for change, want := range map[string]error{
		`UPDATE vault.chunk SET box = set_byte(box, 40, get_byte(box, 40) # 1)
			WHERE part = 1`: seal.ErrBroken,
		`UPDATE vault.chunk SET box = substr(box, 1, length(box) - 1)
			WHERE part = 0`: seal.ErrBroken,
		`UPDATE vault.chunk SET box = '' WHERE part = 0`: seal.ErrBroken,
		`UPDATE vault.chunk SET part = part + 1000`:      seal.ErrBroken,
		`DELETE FROM vault.chunk WHERE part = 2`:         ledger.ErrCorrupt,
		`DELETE FROM vault.chunk`:                        pgvault.ErrNotArchived,
		`UPDATE vault.chunk SET bytes = bytes + 1`:       ledger.ErrCorrupt,
	} {
		_, err := p.Exec(t.Context(), "TRUNCATE vault.chunk")
		require.NoError(t, err)
		size++ // the archive need not store again what it has just stored
		name, _, err := a.Put(t.Context(), bytes.NewReader(noise(size)))
		require.NoError(t, err)
		tag, err := p.Exec(t.Context(), change)
		require.NoError(t, err)
		require.NotZero(t, tag.RowsAffected())
		_, err = a.Open(t.Context(), name)
		require.ErrorIs(t, err, want, change)
		require.ErrorContains(t, err, name.String(), change)
	}
}

func TestChunkOfAnotherFileDoesNotOpen(t *testing.T) {
	t.Parallel()
	a, p, _ := archive(t)
	first, _, err := a.Put(t.Context(), strings.NewReader("first"))
	require.NoError(t, err)
	second, _, err := a.Put(t.Context(), strings.NewReader("other"))
	require.NoError(t, err)
	_, err = p.Exec(t.Context(), `UPDATE vault.chunk SET box =
		(SELECT box FROM vault.chunk WHERE sha256 = $2) WHERE sha256 = $1`, first[:], second[:])
	require.NoError(t, err)
	_, err = a.Open(t.Context(), first)
	require.ErrorIs(t, err, seal.ErrBroken)
}

func TestStoredChunksHideTheirContent(t *testing.T) {
	t.Parallel()
	a, p, _ := archive(t)
	var report bytes.Buffer
	for i := range 2000 {
		fmt.Fprintf(&report, "ПУ-3=И=%06d=3270287A012PB2=ИВАНОВА=М=М=\r\n", i)
	}
	// Noise is stored as it is by the compression, so a leak could not hide behind that.
	content := append(noise(4096), report.Bytes()...)
	_, _, err := a.Put(t.Context(), bytes.NewReader(content))
	require.NoError(t, err)
	rows, err := p.Query(t.Context(), "SELECT box FROM vault.chunk")
	require.NoError(t, err)
	defer rows.Close()
	total := 0
	for rows.Next() {
		var box []byte
		require.NoError(t, rows.Scan(&box))
		total += len(box)
		for _, plain := range [][]byte{[]byte("3270287A012PB2"), []byte("ИВАНОВА"),
			content[:16], content[1000:1016]} {
			require.False(t, bytes.Contains(box, plain))
		}
	}
	require.NoError(t, rows.Err())
	require.NotZero(t, total)
	require.Less(t, total, len(content)/2, "compressed before it is encrypted")
}

// TestSmallFilesOfManyCallersAreStoredTogether: callers share statements, some of them
// with the same bytes, and each finds its own file when its call returns.
func TestSmallFilesOfManyCallersAreStoredTogether(t *testing.T) {
	t.Parallel()
	one, p, dir := archive(t)
	archives := []*pgvault.Archive{one, pgvault.NewArchive(p, keyring(t, nil), dir)}
	var group sync.WaitGroup
	for caller := range 32 {
		group.Go(func() {
			a := archives[caller%2]
			for i := range 10 {
				want := noise(1 + (caller*7+i*13)%40) // every size is filed by several
				name, _, err := a.Put(t.Context(), bytes.NewReader(want))
				if err != nil {
					t.Error(err)
					return
				}
				f, err := a.Open(t.Context(), name)
				if err != nil {
					t.Error(err)
					return
				}
				got, err := io.ReadAll(f)
				if err != nil || !bytes.Equal(want, got) || f.Close() != nil {
					t.Errorf("%d bytes: got %d, %v", len(want), len(got), err)
				}
			}
		})
	}
	group.Wait()
	require.Equal(t, 40, count(t, p, "chunk"))
}
