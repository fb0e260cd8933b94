package pgvault

import (
	"bytes"
	"compress/flate"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/gather"
	"github.com/stazh/stazh/ledger/recent"
	"github.com/stazh/stazh/ledger/seal"
)

// chunkSize bounds the memory of a transfer and the size of a row.
const chunkSize = 1 << 20

// smallBatch bounds the bytes of small files that one statement stores.
const smallBatch = 4 << 20

// ErrNotArchived: no file of that hash is in the archive.
var ErrNotArchived = errors.New("file is not in the archive")

// Archive keeps files by the SHA-256 of their bytes, compressed and encrypted.
type Archive struct {
	pool *pgxpool.Pool
	keys *seal.Keyring
	dir  string

	small *gather.Batcher[small, struct{}]
	// stored are the names of files that were stored a short time ago, and are for ever. The
	// findings on many reports are the same text, such as that they came late.
	stored recent.Map[ledger.Hash, struct{}]
}

// storedMax is the number of names that are remembered.
const storedMax = 4096

// NewArchive makes an archive on a migrated database. Large files in transfer lie in dir.
func NewArchive(pool *pgxpool.Pool, keys *seal.Keyring, dir string) *Archive {
	a := &Archive{pool: pool, keys: keys, dir: dir}
	a.small = gather.New(smallBatch, func(f small) int { return len(f.box) }, a.storeSmall)
	return a
}

// Put stores what content yields and is durable when it returns. The same bytes are
// stored once. An error of the reader is returned as it is, wrapped.
func (a *Archive) Put(ctx context.Context, content io.Reader) (ledger.Hash, int64, error) {
	held := &spool{dir: a.dir}
	defer held.Close() //nolint:errcheck // nothing of it is needed any more
	sum := sha256.New()
	size, err := io.Copy(io.MultiWriter(held, sum), content)
	if err != nil {
		return ledger.Hash{}, 0, fmt.Errorf("read the file: %w", err)
	}
	name := ledger.Hash(sum.Sum(nil))
	if _, ok := a.stored.Get(name); ok {
		return name, size, nil
	}
	if held.file == nil {
		box := a.keys.SealChunk(chunkName(name, 0), compress(held.memory))
		_, err = a.small.Do(ctx, small{name, size, box})
	} else {
		err = a.store(ctx, name, size, held)
	}
	if err != nil {
		return ledger.Hash{}, 0, fmt.Errorf("archive the file: %w", err)
	}
	a.stored.Put(name, struct{}{}, storedMax)
	return name, size, nil
}

// small is a file of at most one chunk on its way into the archive.
type small struct {
	name  ledger.Hash
	bytes int64
	box   []byte
}

// storeSmall stores small files of several callers in one statement, one round trip and
// one commit. Where another process stores the same bytes at the same time, it waits
// until they have.
func (a *Archive) storeSmall(ctx context.Context, files []small) ([]struct{}, error) {
	// Everybody inserts in the order of names, so that no two wait for each other.
	sorted := slices.Clone(files)
	slices.SortFunc(sorted, func(x, y small) int { return bytes.Compare(x.name[:], y.name[:]) })
	sorted = slices.CompactFunc(sorted, func(x, y small) bool { return x.name == y.name })
	names, boxes := make([][]byte, len(sorted)), make([][]byte, len(sorted))
	sizes := make([]int64, len(sorted))
	for i := range sorted {
		names[i], sizes[i], boxes[i] = sorted[i].name[:], sorted[i].bytes, sorted[i].box
	}
	_, err := a.pool.Exec(ctx, `WITH given AS MATERIALIZED (
			SELECT * FROM unnest($1::bytea[], $2::bigint[], $3::bytea[]) g(sha256, bytes, box)),
		fresh AS (
			INSERT INTO vault.file (sha256, bytes) SELECT sha256, bytes FROM given
			ON CONFLICT DO NOTHING RETURNING sha256)
		INSERT INTO vault.chunk (sha256, part, box)
		SELECT sha256, 0, box FROM given JOIN fresh USING (sha256) WHERE bytes > 0`,
		names, sizes, boxes)
	return make([]struct{}, len(files)), err
}

func (a *Archive) store(ctx context.Context, name ledger.Hash, size int64, f io.ReaderAt) error {
	var known bool
	err := a.pool.QueryRow(ctx,
		"SELECT EXISTS (SELECT FROM vault.file WHERE sha256 = $1)", name[:]).Scan(&known)
	if err != nil || known {
		return err
	}
	return pgx.BeginFunc(ctx, a.pool, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `INSERT INTO vault.file (sha256, bytes) VALUES ($1, $2)
			ON CONFLICT DO NOTHING`, name[:], size)
		if err != nil || tag.RowsAffected() == 0 {
			return err // somebody else stores the same bytes
		}
		buf := make([]byte, chunkSize)
		for part := int32(0); int64(part)*chunkSize < size; part++ {
			n, err := f.ReadAt(buf, int64(part)*chunkSize)
			if err != nil && !errors.Is(err, io.EOF) {
				return err
			}
			box := a.keys.SealChunk(chunkName(name, part), compress(buf[:n]))
			_, err = tx.Exec(ctx, "INSERT INTO vault.chunk VALUES ($1, $2, $3)",
				name[:], part, box)
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// Content is an archived file, open for reading.
type Content struct{ *spool }

// Open gives an archived file after checking its hash; close it after use.
func (a *Archive) Open(ctx context.Context, name ledger.Hash) (*Content, error) {
	var size int64
	err := a.pool.QueryRow(ctx,
		"SELECT bytes FROM vault.file WHERE sha256 = $1", name[:]).Scan(&size)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, fmt.Errorf("%w: %s", ErrNotArchived, name)
	}
	if err != nil {
		return nil, fmt.Errorf("read the archive: %w", err)
	}
	held := &spool{dir: a.dir}
	if err := a.fetch(ctx, name, size, held); err != nil {
		return nil, errors.Join(err, held.Close())
	}
	return &Content{held}, nil
}

func (a *Archive) fetch(ctx context.Context, name ledger.Hash, size int64, w io.Writer) error {
	rows, err := a.pool.Query(ctx,
		"SELECT part, box FROM vault.chunk WHERE sha256 = $1 ORDER BY part", name[:])
	if err != nil {
		return fmt.Errorf("read the archive: %w", err)
	}
	defer rows.Close()
	sum := sha256.New()
	w = io.MultiWriter(w, sum)
	var total int64
	for rows.Next() {
		var part int32
		var box []byte
		if err := rows.Scan(&part, &box); err != nil {
			return fmt.Errorf("read the archive: %w", err)
		}
		packed, err := a.keys.OpenChunk(chunkName(name, part), box)
		if err != nil {
			return fmt.Errorf("archived file %s, part %d: %w", name, part, err)
		}
		n, err := io.Copy(w, flate.NewReader(bytes.NewReader(packed)))
		if err != nil {
			return fmt.Errorf("archived file %s, part %d: %w", name, part, err)
		}
		total += n
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("read the archive: %w", err)
	}
	if ledger.Hash(sum.Sum(nil)) != name || total != size {
		return fmt.Errorf("archived file %s: %w", name, ledger.ErrCorrupt)
	}
	return nil
}

func chunkName(name ledger.Hash, part int32) []byte {
	return binary.BigEndian.AppendUint32(append([]byte(nil), name[:]...), uint32(part))
}

// compressors keeps the large tables of compressors that are not in use.
var compressors = sync.Pool{New: func() any {
	w, _ := flate.NewWriter(nil, flate.BestSpeed) // the level is valid
	return w
}}

func compress(b []byte) []byte {
	var out bytes.Buffer
	w := compressors.Get().(*flate.Writer) //nolint:forcetypeassert // nothing else is in it
	defer compressors.Put(w)
	w.Reset(&out)
	w.Write(b) //nolint:errcheck // a Buffer takes all
	w.Close()  //nolint:errcheck // a Buffer takes all
	return out.Bytes()
}
