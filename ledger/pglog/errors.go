package pglog

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/stazh/stazh/ledger"
)

// storeError adds ErrUnavailable to what may pass when it is tried again later: a lost
// connection, a server that stops, that is full or that may not write now.
func storeError(err error) error {
	if err == nil || errors.Is(err, context.Canceled) ||
		errors.Is(err, context.DeadlineExceeded) || errors.Is(err, ledger.ErrCorrupt) ||
		errors.Is(err, ledger.ErrUnknownType) || errors.Is(err, ledger.ErrUnavailable) {
		return err
	}
	var server *pgconn.PgError
	if !errors.As(err, &server) || passing(server) {
		return fmt.Errorf("%w: %w", ledger.ErrUnavailable, err)
	}
	return err
}

// passing tells by the class of the SQLSTATE whether the fault is one of the moment.
func passing(server *pgconn.PgError) bool {
	if len(server.Code) != 5 {
		return false
	}
	switch server.Code[:2] {
	case "08", // connection
		"40", // serialization, deadlock
		"53", // no resources: disk, memory, connections
		"55", // lock not available, object in use
		"57", // operator: shutdown, cancel
		"58": // system: input/output
		return true
	}
	return server.Code == "25006" // read-only: a standby, or a server being switched
}

// fatal tells whether the server ended the session with this error.
func fatal(server *pgconn.PgError) bool {
	severity := server.SeverityUnlocalized
	return severity == "FATAL" || severity == "PANIC"
}
