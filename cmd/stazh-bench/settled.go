package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/stazh/stazh/ledger/pglog"
)

// settle gives a copy of a filled ledger in the state that operation leaves it in: a node
// seals full partitions beside its other work, all but what lies near the head. Filling
// takes minutes here and years there, so that no node has had the time for it.
func (b *bench) settle(ctx context.Context, events int) (*filled, error) {
	name := fmt.Sprintf("settled_%d", events)
	if f, ok := b.filled[name]; ok {
		return f, nil
	}
	from, err := b.fill(ctx, events)
	if err != nil {
		return nil, err
	}
	f, err := from.copyTo(ctx, name)
	if err != nil {
		return nil, fmt.Errorf("copy a filled ledger: %w", err)
	}
	b.filled[name] = f
	if _, err = f.log.SealPartitions(ctx, pglog.SealOptions{}); err != nil {
		return nil, err
	}
	if _, err = f.pool.Exec(ctx, "VACUUM (ANALYZE)"); err != nil {
		return nil, err
	}
	f.settled = true
	return f, nil
}

// copyTo makes another installation of the same content. Nobody else may be connected.
func (f *filled) copyTo(ctx context.Context, name string) (*filled, error) {
	f.log.Close()
	f.pool.Close()
	in := *f.installation
	in.name, in.dir = name, filepath.Join(filepath.Dir(f.dir), name)
	err := in.admin(ctx, "CREATE DATABASE "+pgx.Identifier{name}.Sanitize()+" TEMPLATE "+
		pgx.Identifier{f.installation.name}.Sanitize()+" STRATEGY FILE_COPY")
	if err == nil {
		err = os.CopyFS(in.dir, os.DirFS(f.dir))
	}
	if err == nil {
		err = f.open(ctx)
	}
	if err != nil {
		return nil, err
	}
	other := *f
	other.installation = &in
	return &other, other.open(ctx)
}

// open connects to the installation.
func (f *filled) open(ctx context.Context) (err error) {
	if f.pool, err = f.installation.pool(ctx); err != nil {
		return err
	}
	f.log, err = pglog.Open(ctx, f.pool, pglog.Options{Clock: time.Now,
		PartitionRows: f.partition})
	return err
}

// aim sets the targets of a figure on the ledger as operation leaves it. On one whose events
// are all rows still it only tells so.
func (f *filled) aim(fig figure, targets ...target) figure {
	if f.settled {
		fig.Note += "; full partitions sealed, as in operation"
		return fig.aim(targets...)
	}
	fig.Name += ", nothing sealed"
	return fig
}
