package projections

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/sync/errgroup"

	"github.com/stazh/stazh/ledger"
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

// Replay reads the whole ledger once, checks the hash chain of every stream and folds all
// projections anew in memory. Each live table is compared with what the fold gives, at
// exactly the position of the table, by sums over keyed digests of all rows; where sums
// differ the rows themselves are compared, and named. The list of differences ends after
// the first thousand.
func (r *Runner) Replay(
	ctx context.Context, progress Progress,
) ([]Difference, Report, error) {
	began := r.clock()
	if err := Migrate(ctx, r.pool); err != nil {
		return nil, Report{}, err
	}
	replay := replay{Runner: r, progress: progress}
	err := r.alone(ctx, r.projections, func(conn *pgxpool.Conn) error {
		replay.conn = conn.Conn()
		return r.still(ctx, func(live pgx.Tx, places []ledger.Position) error {
			replay.live, replay.places = live, places
			return replay.run(ctx)
		})
	})
	report := replay.report
	report.Elapsed = r.clock().Sub(began)
	if s := report.Elapsed.Seconds(); s > 0 {
		report.Rate = float64(report.Events) / s
	}
	return replay.found, report, err
}

// still holds the live tables of all projections still, each at its own position. It
// locks a table of each before it takes the snapshot, so that none is put in its place
// in between.
func (r *Runner) still(
	ctx context.Context, do func(live pgx.Tx, places []ledger.Position) error,
) error {
	// The snapshot is idle while the ledger is read.
	sql := "begin isolation level repeatable read read only; " +
		"set local idle_in_transaction_session_timeout to 0"
	for _, p := range r.projections {
		sql += "; lock table " + schemaOf(p) + "." + p.Tables()[0].Name + " in access share mode"
	}
	err := pgx.BeginTxFunc(ctx, r.pool, pgx.TxOptions{BeginQuery: sql}, func(tx pgx.Tx) error {
		places := make([]ledger.Position, len(r.projections))
		for i, p := range r.projections {
			place, err := readCheckpoint(ctx, tx, schemaOf(p), "")
			if err == nil && !place.ready {
				err = ErrNotBuilt
			}
			if err != nil {
				return fmt.Errorf("projection %s: %w", p.Name(), err)
			}
			places[i] = place.position
		}
		return do(tx, places)
	})
	if IsUndefined(err) {
		return fmt.Errorf("%w: start the server once, it builds what is missing", ErrNotBuilt)
	}
	return err
}

// replay is one run of Replay.
type replay struct {
	*Runner
	progress Progress
	conn     *pgx.Conn         // holds the locks, and makes shadow tables
	live     pgx.Tx            // the snapshot
	places   []ledger.Position // of the live tables, by projection

	report Report
	found  []Difference
}

// run folds and sums, and then compares row by row what was not summed or differs.
func (r *replay) run(ctx context.Context) error {
	head, err := r.log.Head(ctx)
	if err != nil {
		return fmt.Errorf("replay: %w", err)
	}
	key := newDigestKey()
	sums, err := r.sum(ctx, &key, head)
	if err != nil {
		return fmt.Errorf("replay: %w", err)
	}
	shadows, err := r.shadows(ctx, &key, sums)
	defer func() {
		for _, s := range shadows {
			s.drop(ctx, r.pool, r.logger)
		}
	}()
	if err != nil {
		return fmt.Errorf("replay: %w", err)
	}
	for i, p := range r.projections {
		if err := r.tables(ctx, &key, i, sums[i], shadows[p.Name()]); err != nil {
			return fmt.Errorf("compare projection %s with the ledger: %w", p.Name(), err)
		}
	}
	r.progress.tell(head, head)
	return nil
}

// sums are those of a projection's tables: what the fold gives and what is there.
type sums struct {
	*target
	given  summer
	stored map[string]*tableSum
	differ map[string]map[int]bool // buckets of the tables that differ
}

// sum folds the ledger, and reads the live tables at the same time. There are no sums of
// projections that cannot be built.
func (r *replay) sum(
	ctx context.Context, key *digestKey, head ledger.Position,
) ([]*sums, error) {
	all := make([]*sums, len(r.projections))
	var targets []*target
	for i, p := range r.projections {
		if b, ok := p.(Builder); ok {
			s := &sums{given: summer{key: key, tables: map[string]*tableSum{}},
				stored: map[string]*tableSum{}}
			s.target = &target{p, b.NewBuild(), r.places[i], &s.given}
			all[i], targets = s, append(targets, s.target)
		}
	}
	group, groupCtx := errgroup.WithContext(ctx)
	group.Go(func() error {
		events, streams, err := r.assemble(groupCtx, head, true, targets, r.progress)
		r.report.Events, r.report.Streams = ledger.Position(events), int(streams)
		return err
	})
	group.Go(func() error {
		for i, p := range r.projections {
			for _, t := range p.Tables() {
				if all[i] == nil {
					continue
				}
				sum, err := key.sumTable(groupCtx, r.live, schemaOf(p)+"."+t.Name)
				if err != nil {
					return fmt.Errorf("read table %s of projection %s: %w", t.Name, p.Name(), err)
				}
				all[i].stored[t.Name] = sum
			}
		}
		return nil
	})
	return all, group.Wait()
}

// shadows makes, in the schemas of shadows, the rows that may differ: all of a projection
// that was not summed, else those in buckets that differ. Projections that are as they
// must be have none.
func (r *replay) shadows(
	ctx context.Context, key *digestKey, all []*sums,
) (shadows map[string]*builder, err error) {
	shadows = map[string]*builder{}
	var (
		again []*target
		head  ledger.Position
	)
	for i, p := range r.projections {
		s := all[i]
		if s != nil && !s.differs(p) {
			continue
		}
		b, err := newBuilder(ctx, r.conn, p, "_shadow")
		if err != nil {
			return shadows, err
		}
		shadows[p.Name()] = b
		if s == nil {
			if err := b.reach(ctx, r.log, r.places[i], r.batch, nil); err != nil {
				return shadows, err
			}
			continue
		}
		if err := b.strip(ctx); err != nil {
			return shadows, err
		}
		head = max(head, s.limit)
		again = append(again, &target{p, p.(Builder).NewBuild(), s.limit,
			&chosen{&loader{r.pool, p, b.schema}, key, s.differ}})
	}
	if len(again) == 0 {
		return shadows, nil
	}
	if _, _, err := r.assemble(ctx, head, false, again, nil); err != nil {
		return shadows, err
	}
	for _, t := range again {
		if err := shadows[t.projection.Name()].restore(ctx, r.pool); err != nil {
			return shadows, err
		}
	}
	return shadows, nil
}

// differs finds the buckets that differ.
func (s *sums) differs(p Projection) bool {
	s.differ = map[string]map[int]bool{}
	for _, t := range p.Tables() {
		if set := s.given.table(t.Name).differing(s.stored[t.Name]); set != nil {
			s.differ[t.Name] = set
		}
	}
	return len(s.differ) > 0
}

// tables reports on each table of a projection.
func (r *replay) tables(
	ctx context.Context, key *digestKey, i int, s *sums, shadow *builder,
) error {
	p := r.projections[i]
	for _, t := range p.Tables() {
		line := TableReport{Projection: p.Name(), Table: t.Name, Position: r.places[i]}
		if s != nil {
			line.Rows = s.given.table(t.Name).rows
		}
		if s == nil || s.differ[t.Name] != nil {
			if err := r.rows(ctx, key, t, s, shadow, &line); err != nil {
				return err
			}
		}
		r.report.Tables = append(r.report.Tables, line)
		r.report.Differences += line.Differences
	}
	return nil
}

// rows compares a table with its shadow row by row.
func (r *replay) rows(
	ctx context.Context, key *digestKey, t Table, s *sums, shadow *builder, line *TableReport,
) error {
	all := func([][]byte) bool { return true }
	if s != nil {
		d := digester{key: key}
		all = func(row [][]byte) bool { return s.differ[t.Name][d.ofValues(row).bucket()] }
	}
	return pgx.BeginTxFunc(ctx, r.conn, begin(shadow.schema), func(tx pgx.Tx) error {
		rows, err := compareTable(ctx, shadow.projection, t, r.live, tx, all, func(d Difference) {
			line.Differences++
			if len(r.found) < differencesMax {
				r.found = append(r.found, d)
			}
		})
		if s == nil {
			line.Rows = rows
		} else if err == nil && line.Differences == 0 {
			err = fmt.Errorf("the rows of table %s are the same, but not the sums over them: "+
				"the program builds it in two ways", t.Name)
		}
		return err
	})
}

// upTo gives the events of the batch not after the position.
func upTo(batch []Event, position ledger.Position) []Event {
	for len(batch) > 0 && batch[len(batch)-1].Position > position {
		batch = batch[:len(batch)-1]
	}
	return batch
}
