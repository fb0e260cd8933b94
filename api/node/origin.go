package node

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/stazh/stazh/ledger"
)

// ErrOtherLedger: the database's read models were made from another ledger than the one
// that is open now. Following with both would mix two ledgers in one table.
var ErrOtherLedger = errors.New("the database belongs to another ledger: set " +
	"STAZH_EVENTSTORE_URL as it was, or give this ledger a database of its own")

// originSchema keeps which ledger the database belongs to.
const originSchema = `CREATE SCHEMA IF NOT EXISTS clerk;
CREATE TABLE IF NOT EXISTS clerk.origin (
	id int PRIMARY KEY DEFAULT 1 CHECK (id = 1), mark bytea NOT NULL)`

// checkOrigin refuses a ledger that the database does not belong to.
func (n *Node) checkOrigin(ctx context.Context) error {
	mark, err := n.origin(ctx)
	if err != nil {
		return err
	}
	var known []byte
	err = n.Pool.QueryRow(ctx, "SELECT mark FROM clerk.origin").Scan(&known)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("look which ledger the database belongs to: %w", err)
	}
	if string(known) != string(mark[:]) {
		return ErrOtherLedger
	}
	return nil
}

// noteOrigin records which ledger the database belongs to, once it has an event.
func (n *Node) noteOrigin(ctx context.Context) error {
	mark, err := n.origin(ctx)
	if err != nil || mark.IsZero() {
		return err
	}
	_, err = n.Pool.Exec(ctx,
		"INSERT INTO clerk.origin (mark) VALUES ($1) ON CONFLICT DO NOTHING", mark[:])
	if err != nil {
		return fmt.Errorf("note which ledger the database belongs to: %w", err)
	}
	return nil
}

// origin gives the mark by which a ledger is known: its first event, with the place of it.
// A copy in another log has the same events and other positions, which read models cannot
// follow on. Zero stands for a ledger that is still empty.
func (n *Node) origin(ctx context.Context) (ledger.Hash, error) {
	for e, err := range n.Log.ReadAll(ctx, 0, 1) {
		b := binary.BigEndian.AppendUint64(e.Head[:], uint64(e.Position))
		if n.Log.Guarantees().Dense {
			b = append(b, 'd')
		}
		return sha256.Sum256(b), err
	}
	return ledger.Hash{}, nil
}
