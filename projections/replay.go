package projections

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/event"
)

// differencesMax bounds the differences that are listed; all are counted.
const differencesMax = 1000

// Report says what a replay read and compared.
type Report struct {
	Events  ledger.Position `json:"events"`  // read, decoded, folded, hashes checked
	Streams int             `json:"streams"` // whose hash chains were checked
	Tables  []TableReport   `json:"tables"`
	// Differences counts all, also those beyond the listed ones.
	Differences int64         `json:"differences"`
	Elapsed     time.Duration `json:"elapsed_ns"`
	// Rate is events per second over the whole replay, comparison included.
	Rate float64 `json:"events_per_second"`
}

// TableReport is one compared table.
type TableReport struct {
	Projection  string          `json:"projection"`
	Table       string          `json:"table"`
	Position    ledger.Position `json:"position"` // at which it was compared
	Rows        int64           `json:"rows"`     // that the ledger gives
	Differences int64           `json:"differences"`
}

// Replay reads the whole ledger once, checks the hash chain of every stream, folds all
// projections anew into shadow tables and compares each live table with its shadow, row
// by row, at exactly the same position. The shadows are dropped at the end. The list of
// differences ends after the first thousand.
func (r *Runner) Replay(
	ctx context.Context, progress Progress,
) ([]Difference, Report, error) {
	began := r.clock()
	if err := Migrate(ctx, r.pool); err != nil {
		return nil, Report{}, err
	}
	var (
		found  []Difference
		report Report
	)
	err := r.withShadows(ctx, r.projections, nil, func(shadows []*builder) error {
		var err error
		report, err = r.fillShadows(ctx, shadows, progress)
		if err != nil {
			return err
		}
		for _, b := range shadows {
			list, err := r.compare(ctx, b, &report)
			if err != nil {
				return err
			}
			found = append(found, list[:min(len(list), differencesMax-len(found))]...)
		}
		return nil
	})
	report.Elapsed = r.clock().Sub(began)
	if s := report.Elapsed.Seconds(); s > 0 {
		report.Rate = float64(report.Events) / s
	}
	return found, report, err
}

// withShadows makes an empty shadow of each projection, one lock and connection each.
func (r *Runner) withShadows(
	ctx context.Context, rest []Projection, made []*builder, do func([]*builder) error,
) error {
	if len(rest) == 0 {
		return do(made)
	}
	return r.alone(ctx, rest[0], func(conn *pgxpool.Conn) error {
		b, err := newBuilder(ctx, conn.Conn(), rest[0], "_shadow")
		if err != nil {
			return err
		}
		defer b.drop(ctx, r.pool, r.logger)
		return r.withShadows(ctx, rest[1:], append(made, b), do)
	})
}

// fillShadows folds everything up to the present head, or to where each live projection
// stands, into the shadows, and checks the chains of all streams.
func (r *Runner) fillShadows(
	ctx context.Context, shadows []*builder, progress Progress,
) (report Report, err error) {
	var (
		targets []*target // of projections that can be built
		others  []*target // of the rest, to which batches are applied
	)
	for _, b := range shadows {
		place, err := r.place(ctx, b.projection)
		if err != nil {
			return report, err
		}
		if p, ok := b.projection.(Builder); ok {
			targets = append(targets, &target{b, p.NewBuild(), place})
		} else {
			others = append(others, &target{b, nil, place})
		}
	}
	head, err := r.log.Head(ctx)
	if err != nil {
		return report, fmt.Errorf("replay: %w", err)
	}
	s, err := r.newShelves(ctx, true)
	if err != nil {
		return report, err
	}
	defer s.close()
	err = r.gather(ctx, s, head, func(portion []ledger.Event) error {
		progress.tell(portion[0].Position-1, head)
		report.Events += ledger.Position(len(portion))
		return addAll(ctx, others, portion)
	})
	if err != nil {
		return report, fmt.Errorf("replay: %w", err)
	}
	streams, err := r.assemble(ctx, s, targets)
	if err != nil {
		return report, fmt.Errorf("replay: %w", err)
	}
	report.Streams = int(streams)
	progress.tell(head, head)
	return report, nil
}

// addAll applies events to the shadows that are not built.
func addAll(ctx context.Context, shadows []*target, portion []ledger.Event) error {
	if len(shadows) == 0 {
		return nil
	}
	batch, payloads := make([]Event, len(portion)), event.NewDecoder()
	for i, e := range portion {
		var err error
		if batch[i], err = decode(payloads, e); err != nil {
			return &readError{position: e.Position, kind: e.Type, err: err}
		}
	}
	for _, t := range shadows {
		if err := t.add(ctx, upTo(batch, t.limit)); err != nil {
			return err
		}
	}
	return nil
}

// upTo gives the events of the batch not after the position.
func upTo(batch []Event, position ledger.Position) []Event {
	for len(batch) > 0 && batch[len(batch)-1].Position > position {
		batch = batch[:len(batch)-1]
	}
	return batch
}

// place reads where a live projection stands.
func (r *Runner) place(ctx context.Context, p Projection) (ledger.Position, error) {
	return NewReader(r.pool, p).Read(ctx, func(pgx.Tx) error { return nil })
}

// compare holds the live tables still in a snapshot, brings the shadow to exactly their
// position and compares table by table.
func (r *Runner) compare(
	ctx context.Context, b *builder, report *Report,
) (found []Difference, err error) {
	p := b.projection
	var place ledger.Position
	_, err = NewReader(r.pool, p).Read(ctx, func(live pgx.Tx) error {
		c, err := readCheckpoint(ctx, live, schemaOf(p), "")
		if err != nil {
			return err
		}
		place = c.position
		if err := b.reach(ctx, r.log, place, r.batch, nil); err != nil {
			return err
		}
		return pgx.BeginTxFunc(ctx, b.conn, begin(b.schema), func(shadow pgx.Tx) error {
			for _, t := range p.Tables() {
				line := TableReport{Projection: p.Name(), Table: t.Name, Position: place}
				line.Rows, err = compareTable(ctx, p, t, live, shadow, func(d Difference) {
					line.Differences++
					if len(found) < differencesMax {
						found = append(found, d)
					}
				})
				if err != nil {
					return err
				}
				report.Tables = append(report.Tables, line)
				report.Differences += line.Differences
			}
			return nil
		})
	})
	if err != nil {
		return nil, fmt.Errorf("compare projection %s with the ledger: %w", p.Name(), err)
	}
	return found, nil
}
