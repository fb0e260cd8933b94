package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stazh/stazh/api/node"
	"github.com/stazh/stazh/projections"
	"github.com/stazh/stazh/projections/account"
	"github.com/stazh/stazh/projections/balance"
)

// nodeSpec is the first message of duties that work on an installation without a server.
type nodeSpec struct {
	place
	Model   string        // read model, or what else the duty works with
	For     time.Duration // of duties that last a time
	First   int           // number of the first new stream
	Count   int
	Clients int
}

// onNode opens the node of a spec, that does nothing by itself, and calls do.
func onNode(ctx context.Context, t *talk, do func(context.Context, *node.Node, nodeSpec) error,
) (err error) {
	var spec nodeSpec
	if err := t.hear(&spec); err != nil {
		return err
	}
	logger := slog.New(slog.NewTextHandler(os.Stderr,
		&slog.HandlerOptions{Level: slog.LevelWarn}))
	n, err := openNode(ctx, spec.place, logger)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, n.Close(context.WithoutCancel(ctx))) }()
	return profiled(spec.Profile, func() error { return do(ctx, n, spec) })
}

// modelOf gives a read model by name.
func modelOf(name string) (projections.Projection, error) {
	for _, p := range []projections.Projection{account.New(), balance.New()} {
		if p.Name() == name {
			return p, nil
		}
	}
	return nil, fmt.Errorf("no read model %q is measured", name)
}

// schemaOf is where the tables of a read model stand.
func schemaOf(p projections.Projection) string {
	return fmt.Sprintf("%s_v%d", p.Name(), p.Version())
}

// digest tells the content of a read model's tables, whatever the order of their rows.
func digest(ctx context.Context, pool *pgxpool.Pool, p projections.Projection) (string, error) {
	text := ""
	for _, t := range p.Tables() {
		var rows int64
		var one, two string
		err := pool.QueryRow(ctx, fmt.Sprintf(`SELECT count(*),
			coalesce(sum(hash_record_extended(t, 1)), 0)::text,
			coalesce(sum(hash_record_extended(t, 2)), 0)::text FROM %s.%s t`,
			schemaOf(p), t.Name)).Scan(&rows, &one, &two)
		if err != nil {
			return "", fmt.Errorf("digest of %s: %w", t.Name, err)
		}
		text += fmt.Sprintf("%s: %d rows, %s, %s; ", t.Name, rows, one, two)
	}
	return text, nil
}
