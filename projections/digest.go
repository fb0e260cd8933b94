package projections

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"math/bits"
	"sync"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
)

// buckets is the number of sums of a table. One row that differs makes so much of the table
// be compared row by row.
const buckets = 1 << 12

// digestKey makes digests that nobody could foresee who wrote a row before.
type digestKey [sha256.Size]byte

func newDigestKey() (k digestKey) {
	rand.Read(k[:]) // never fails: crypto/rand aborts the program instead
	return k
}

// digest is 128 bits of a keyed hash of a row.
type digest struct{ high, low uint64 }

// bucket is that of the row, whatever its key: the two versions of a row that differs lie
// in two buckets, and both of these differ.
func (d digest) bucket() int { return int(d.low % buckets) }

// digester makes digests for one goroutine.
type digester struct {
	key *digestKey
	buf []byte
}

func (d *digester) of(row []byte) digest {
	d.buf = append(append(d.buf[:0], d.key[:]...), row...)
	sum := sha256.Sum256(d.buf)
	return digest{binary.BigEndian.Uint64(sum[:]), binary.BigEndian.Uint64(sum[8:])}
}

// ofValues is of for the values of a row as a query gives them.
func (d *digester) ofValues(values [][]byte) digest {
	d.buf = append(d.buf[:0], d.key[:]...)
	d.buf = binary.BigEndian.AppendUint16(d.buf, uint16(len(values)))
	for _, v := range values {
		size := len(v)
		if v == nil {
			size = -1
		}
		d.buf = binary.BigEndian.AppendUint32(d.buf, uint32(size))
		d.buf = append(d.buf, v...)
	}
	sum := sha256.Sum256(d.buf)
	return digest{binary.BigEndian.Uint64(sum[:]), binary.BigEndian.Uint64(sum[8:])}
}

// tableSum stands for all rows of a table in any order: for each bucket the sum of their
// digests, modulo 2^128.
type tableSum struct {
	rows int64
	sums [buckets]digest
}

func (s *tableSum) add(d digest) {
	s.rows++
	x := &s.sums[d.bucket()]
	var carry uint64
	x.low, carry = bits.Add64(x.low, d.low, 0)
	x.high, _ = bits.Add64(x.high, d.high, carry)
}

// differing gives the buckets whose rows are not the same, nil if there are none.
func (s *tableSum) differing(other *tableSum) (set map[int]bool) {
	for i := range s.sums {
		if s.sums[i] != other.sums[i] {
			if set == nil {
				set = map[int]bool{}
			}
			set[i] = true
		}
	}
	return set
}

// summer is a sink that keeps only the sums of what it takes.
type summer struct {
	key    *digestKey
	mu     sync.Mutex
	tables map[string]*tableSum // guarded by mu
}

// sumBytes is small enough to stay in the cache of a core.
const sumBytes = 64 << 10

func (s *summer) chunk() int { return sumBytes }

func (s *summer) put(_ context.Context, table string, rows *rowBuffer) error {
	d := digester{key: s.key}
	list := make([]digest, 0, rows.rows)
	rows.each(func(row []byte) { list = append(list, d.of(row)) })
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, x := range list {
		s.table(table).add(x)
	}
	return nil
}

// table gives the sum of a table, that of no rows at first.
func (s *summer) table(name string) *tableSum {
	if s.tables[name] == nil {
		s.tables[name] = &tableSum{}
	}
	return s.tables[name]
}

// sumTable reads the rows of a table and sums them.
func (k *digestKey) sumTable(ctx context.Context, tx pgx.Tx, table string) (*tableSum, error) {
	rows, err := tx.Query(ctx, "select * from "+table,
		pgx.QueryResultFormats{pgtype.BinaryFormatCode})
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	sum, d := &tableSum{}, digester{key: k}
	for rows.Next() {
		sum.add(d.ofValues(rows.RawValues()))
	}
	return sum, rows.Err()
}

// chosen is a sink that loads only the rows of some buckets of each table.
type chosen struct {
	*loader
	key    *digestKey
	tables map[string]map[int]bool
}

func (c *chosen) put(ctx context.Context, table string, rows *rowBuffer) error {
	d := digester{key: c.key}
	kept := &rowBuffer{}
	rows.each(func(row []byte) {
		if c.tables[table][d.of(row).bucket()] {
			kept.bytes, kept.rows = append(kept.bytes, row...), kept.rows+1
		}
	})
	if kept.rows == 0 {
		return nil
	}
	return c.loader.put(ctx, table, kept)
}
