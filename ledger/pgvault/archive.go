package pgvault

import (
	"bytes"
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
	"github.com/klauspost/compress/zstd"

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
// stored once. Content that is in memory already may give it by a method Resident() []byte
// and is not copied then. An error of the reader is returned as it is, wrapped.
func (a *Archive) Put(ctx context.Context, content io.Reader) (ledger.Hash, int64, error) {
	if m, ok := content.(interface{ Resident() []byte }); ok && len(m.Resident()) <= chunkSize {
		b := m.Resident()
		name := ledger.Hash(sha256.Sum256(b))
		return name, int64(len(b)), a.putSmall(ctx, name, b)
	}
	held := &spool{dir: a.dir}
	defer held.Close() //nolint:errcheck // nothing of it is needed any more
	sum := sha256.New()
	size, err := io.Copy(io.MultiWriter(held, sum), content)
	if err != nil {
		return ledger.Hash{}, 0, fmt.Errorf("read the file: %w", err)
	}
	name := ledger.Hash(sum.Sum(nil))
	if held.file == nil {
		return name, size, a.putSmall(ctx, name, held.memory)
	}
	if _, ok := a.stored.Get(name); ok {
		return name, size, nil
	}
	if err := a.store(ctx, name, size, held); err != nil {
		return ledger.Hash{}, 0, fmt.Errorf("archive the file: %w", err)
	}
	a.stored.Put(name, struct{}{}, storedMax)
	return name, size, nil
}

// putSmall stores a file of at most one chunk, together with those of other callers.
func (a *Archive) putSmall(ctx context.Context, name ledger.Hash, content []byte) error {
	if _, ok := a.stored.Get(name); ok {
		return nil
	}
	box := a.keys.SealChunk(chunkName(name, 0), packer().EncodeAll(content, nil))
	if _, err := a.small.Do(ctx, small{name, int64(len(content)), box}); err != nil {
		return fmt.Errorf("archive the file: %w", err)
	}
	a.stored.Put(name, struct{}{}, storedMax)
	return nil
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
	_, err := a.pool.Exec(ctx, `INSERT INTO vault.chunk (sha256, part, bytes, box)
		SELECT sha256, 0, bytes, box
		FROM unnest($1::bytea[], $2::bigint[], $3::bytea[]) g(sha256, bytes, box)
		ON CONFLICT DO NOTHING`, names, sizes, boxes)
	return make([]struct{}, len(files)), err
}

// store stores a file of several chunks. Who comes second with the same bytes waits at the
// first chunk and then leaves the others alone.
func (a *Archive) store(ctx context.Context, name ledger.Hash, size int64, f io.ReaderAt) error {
	return pgx.BeginFunc(ctx, a.pool, func(tx pgx.Tx) error {
		buf := make([]byte, chunkSize)
		for part := int32(0); int64(part)*chunkSize < size; part++ {
			n, err := f.ReadAt(buf, int64(part)*chunkSize)
			if err != nil && !errors.Is(err, io.EOF) {
				return err
			}
			box := a.keys.SealChunk(chunkName(name, part), packer().EncodeAll(buf[:n], nil))
			tag, err := tx.Exec(ctx, `INSERT INTO vault.chunk (sha256, part, bytes, box)
				VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`, name[:], part, size, box)
			if err != nil || tag.RowsAffected() == 0 {
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
	held := &spool{dir: a.dir}
	if err := a.fetch(ctx, name, held); err != nil {
		return nil, errors.Join(err, held.Close())
	}
	return &Content{held}, nil
}

// fetch writes all chunks of a file.
func (a *Archive) fetch(ctx context.Context, name ledger.Hash, w io.Writer) error {
	rows, err := a.pool.Query(ctx,
		"SELECT part, bytes, box FROM vault.chunk WHERE sha256 = $1 ORDER BY part", name[:])
	if err != nil {
		return fmt.Errorf("read the archive: %w", err)
	}
	defer rows.Close()
	sum := sha256.New()
	var size, total int64
	chunks := 0
	for ; rows.Next(); chunks++ {
		var part int32
		var box []byte
		if err := rows.Scan(&part, &size, &box); err != nil {
			return fmt.Errorf("read the archive: %w", err)
		}
		content, err := a.unpack(name, part, box)
		if err != nil {
			return fmt.Errorf("archived file %s, part %d: %w", name, part, err)
		}
		sum.Write(content)
		if _, err := w.Write(content); err != nil {
			return err
		}
		total += int64(len(content))
	}
	switch err := rows.Err(); {
	case err != nil:
		return fmt.Errorf("read the archive: %w", err)
	case chunks == 0:
		return fmt.Errorf("%w: %s", ErrNotArchived, name)
	case ledger.Hash(sum.Sum(nil)) != name || total != size:
		return fmt.Errorf("archived file %s: %w", name, ledger.ErrCorrupt)
	}
	return nil
}

func (a *Archive) unpack(name ledger.Hash, part int32, box []byte) ([]byte, error) {
	packed, err := a.keys.OpenChunk(chunkName(name, part), box)
	if err != nil {
		return nil, err
	}
	return unpacker().DecodeAll(packed, nil)
}

// chunkName binds a chunk to its file and place.
func chunkName(name ledger.Hash, part int32) []byte {
	return binary.BigEndian.AppendUint32(append([]byte(nil), name[:]...), uint32(part))
}

// packer and unpacker give what compresses chunks and brings them back. They keep large
// tables, one for each processor.
var (
	packer = sync.OnceValue(func() *zstd.Encoder {
		e, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest),
			zstd.WithEncoderCRC(false), zstd.WithLowerEncoderMem(true),
			zstd.WithWindowSize(chunkSize))
		if err != nil {
			panic(err) // the options are valid
		}
		return e
	})
	unpacker = sync.OnceValue(func() *zstd.Decoder {
		d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(0),
			zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxMemory(chunkSize))
		if err != nil {
			panic(err) // the options are valid
		}
		return d
	})
)
