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
	"os"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/seal"
)

// chunkSize bounds the memory of a transfer and the size of a row.
const chunkSize = 1 << 20

// ErrNotArchived: no file of that hash is in the archive.
var ErrNotArchived = errors.New("file is not in the archive")

// Archive keeps files by the SHA-256 of their bytes, compressed and encrypted.
type Archive struct {
	pool *pgxpool.Pool
	keys *seal.Keyring
	dir  string
}

// NewArchive makes an archive on a migrated database. Files in transfer lie in dir as
// unlinked temporary files, so that a crash leaves nothing behind.
func NewArchive(pool *pgxpool.Pool, keys *seal.Keyring, dir string) *Archive {
	return &Archive{pool: pool, keys: keys, dir: dir}
}

// Put stores what content yields and is durable when it returns. The same bytes are
// stored once. An error of the reader is returned as it is, wrapped.
func (a *Archive) Put(ctx context.Context, content io.Reader) (ledger.Hash, int64, error) {
	spool, err := a.spool()
	if err != nil {
		return ledger.Hash{}, 0, err
	}
	defer spool.Close()
	sum := sha256.New()
	size, err := io.Copy(io.MultiWriter(spool, sum), content)
	if err != nil {
		return ledger.Hash{}, 0, fmt.Errorf("read the file: %w", err)
	}
	name := ledger.Hash(sum.Sum(nil))
	return name, size, a.store(ctx, name, size, spool)
}

func (a *Archive) store(ctx context.Context, name ledger.Hash, size int64, f io.ReaderAt) error {
	var known bool
	err := a.pool.QueryRow(ctx,
		"SELECT EXISTS (SELECT FROM vault.file WHERE sha256 = $1)", name[:]).Scan(&known)
	if err != nil || known {
		return err
	}
	err = pgx.BeginFunc(ctx, a.pool, func(tx pgx.Tx) error {
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
	if err != nil {
		return fmt.Errorf("archive the file: %w", err)
	}
	return nil
}

// Content is an archived file, open for reading.
type Content struct {
	*os.File
	size int64
}

// Size is the number of bytes.
func (c *Content) Size() int64 { return c.size }

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
	spool, err := a.spool()
	if err != nil {
		return nil, err
	}
	if err := a.fetch(ctx, name, size, spool); err != nil {
		spool.Close()
		return nil, err
	}
	if _, err := spool.Seek(0, io.SeekStart); err != nil {
		spool.Close()
		return nil, fmt.Errorf("read the archive: %w", err)
	}
	return &Content{File: spool, size: size}, nil
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

func (a *Archive) spool() (*os.File, error) {
	if err := os.MkdirAll(a.dir, 0o700); err != nil {
		return nil, fmt.Errorf("make a temporary file: %w", err)
	}
	f, err := os.CreateTemp(a.dir, "transfer-*")
	if err != nil {
		return nil, fmt.Errorf("make a temporary file: %w", err)
	}
	if err := os.Remove(f.Name()); err != nil {
		f.Close()
		return nil, fmt.Errorf("make a temporary file: %w", err)
	}
	return f, nil
}

func chunkName(name ledger.Hash, part int32) []byte {
	return binary.BigEndian.AppendUint32(append([]byte(nil), name[:]...), uint32(part))
}

func compress(b []byte) []byte {
	var out bytes.Buffer
	w, _ := flate.NewWriter(&out, flate.BestSpeed) // the level is valid
	w.Write(b)                                     //nolint:errcheck // a Buffer takes all
	w.Close()                                      //nolint:errcheck // a Buffer takes all
	return out.Bytes()
}
