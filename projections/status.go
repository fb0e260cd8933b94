package projections

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/stazh/stazh/ledger"
)

// Status says how far a projection has come.
type Status struct {
	Name     string          `json:"name"`
	Version  int             `json:"version"`
	Position ledger.Position `json:"position"`
	Head     ledger.Position `json:"head"`
	Lag      ledger.Position `json:"lag"` // events behind the head
	// Ready is false while the tables are built for the first time.
	Ready bool `json:"ready"`
	// Error says why the projection stands still; empty while it runs.
	Error string    `json:"error,omitempty"`
	Since time.Time `json:"since,omitzero"` // since when it stands still
}

// Status tells of all projections of the runner, whichever process follows with them.
func (r *Runner) Status(ctx context.Context) ([]Status, error) {
	list := make([]Status, 0, len(r.projections))
	for _, p := range r.projections {
		s := Status{Name: p.Name(), Version: p.Version()}
		var (
			position int64
			since    *time.Time
		)
		err := r.pool.QueryRow(ctx, `select position, ready, error, failed_at
			from projection.checkpoint where schema_name = $1`, schemaOf(p),
		).Scan(&position, &s.Ready, &s.Error, &since)
		if err != nil && !errors.Is(err, pgx.ErrNoRows) && !IsUndefined(err) {
			return nil, fmt.Errorf("read the state of projection %s: %w", p.Name(), err)
		}
		s.Position = ledger.Position(position)
		if since != nil {
			s.Since = since.UTC()
		}
		list = append(list, s)
	}
	// The head is read last, so that no lag is shown shorter than it was.
	head, err := r.log.Head(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the head of the ledger: %w", err)
	}
	for i := range list {
		list[i].Head = max(head, list[i].Position)
		list[i].Lag = list[i].Head - list[i].Position
	}
	return list, nil
}

// Built tells whether a projection has been built, by whichever process; from then on it can
// be read.
func (r *Runner) Built(ctx context.Context, name string) (ready bool, err error) {
	p, err := r.find(name)
	if err != nil {
		return false, err
	}
	err = r.pool.QueryRow(ctx, `select ready from projection.checkpoint
		where schema_name = $1`, schemaOf(p)).Scan(&ready)
	if errors.Is(err, pgx.ErrNoRows) || IsUndefined(err) {
		return false, nil
	}
	return ready, err
}

// failure gives the text of why a projection stands still, empty while it runs.
func (r *Runner) failure(ctx context.Context, p Projection) (text string, err error) {
	err = r.pool.QueryRow(ctx, `select error from projection.checkpoint
		where schema_name = $1`, schemaOf(p)).Scan(&text)
	if errors.Is(err, pgx.ErrNoRows) || IsUndefined(err) {
		return "", nil
	}
	return text, err
}
