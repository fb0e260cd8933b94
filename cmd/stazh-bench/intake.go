package main

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/pglog"
	"github.com/stazh/stazh/ledger/pglog/floor"
)

// intake measures how reports are taken in by one server, round by round, each beside the
// floor: COPY of the rows that the round has added, into a table that holds the ledger's
// other rows already.
type intake struct {
	b      *bench
	in     *installation
	server *server
	pool   *pgxpool.Pool
	log    *pglog.Log // reads beside the server
	labour labour
	keys   *rowKeys        // of the floor's rows
	copied ledger.Position // up to here the floor has what the ledger has
	next   int             // quarter of the next round
}

// openIntake makes an installation with registered payers and persons at work.
func (b *bench) openIntake(ctx context.Context, name string, l labour, follow bool,
) (_ *intake, err error) {
	x := &intake{b: b, labour: l, keys: newRowKeys()}
	if x.in, err = b.install(ctx, name); err != nil {
		return nil, err
	}
	if x.server, err = b.serve(ctx, x.in, follow); err != nil {
		return nil, err
	}
	if err := x.attach(ctx); err != nil {
		return nil, errors.Join(err, x.close(ctx))
	}
	if err := floor.Prepare(ctx, x.pool); err != nil {
		return nil, errors.Join(err, x.close(ctx))
	}
	if err := errors.Join(found(ctx, x.server, x.log, l), x.fill(ctx)); err != nil {
		return nil, errors.Join(err, x.close(ctx))
	}
	return x, nil
}

// attach opens the ledger beside the server.
func (x *intake) attach(ctx context.Context) (err error) {
	if x.pool, err = x.in.pool(ctx); err != nil {
		return err
	}
	x.log, err = pglog.Open(ctx, x.pool, pglog.Options{Clock: time.Now})
	return err
}

func (x *intake) detach() {
	if x.log != nil {
		x.log.Close()
	}
	if x.pool != nil {
		x.pool.Close()
	}
	x.log, x.pool = nil, nil
}

func (x *intake) close(ctx context.Context) error {
	x.detach()
	return errors.Join(x.server.end(), x.in.remove(context.WithoutCancel(ctx)))
}

// foundClients is how many connections prepare what is measured later.
const foundClients = 16

// found registers payers and persons and hires them, which is not measured.
func found(ctx context.Context, s *server, log ledger.Log, l labour) error {
	for filings, what := range []string{loadPayers, loadRegistrations, loadHires} {
		spec := loadSpec{Address: s.Address, Clients: foundClients, Labour: l, What: what}
		if _, err := load(ctx, spec); err != nil {
			return err
		}
		if err := waitProcessed(ctx, log, l.unps(), filings); err != nil {
			return err
		}
	}
	return nil
}

// foundFilings is the number of filings of each payer that found makes.
const foundFilings = 2

// usageOf is what a process of the product and its Postgres have used so far.
func (b *bench) usageOf(s *child) (usage, error) {
	client, err := cpuOf(s.pid())
	if err != nil {
		return usage{}, err
	}
	postgres, err := cpuOfServer(b.cluster.server.PID())
	return usage{client, postgres}, err
}

// round is one measured load and its floors.
type round struct {
	records int
	rows    []floor.Row
	took    time.Duration
	used    usage
	load    loadResult
}

func (r round) rate() float64 { return float64(r.records) / r.took.Seconds() }

// file files all firms' reports of some quarters and waits until the last of them is
// processed; then it compares what is recorded with what was filed.
func (x *intake) file(ctx context.Context, clients, quarters int) (r round, err error) {
	spec := loadSpec{Address: x.server.Address, Clients: clients, Labour: x.labour,
		What: loadReports, From: x.next, To: x.next + quarters, Ahead: true}
	generator, err := readyLoad(ctx, "load", spec)
	if err != nil {
		return r, err
	}
	before, err := x.b.usageOf(x.server.child)
	if err != nil {
		return r, err
	}
	start := time.Now()
	if err := errors.Join(generator.say(cue{"go"}), generator.hear(&r.load)); err != nil {
		return r, errors.Join(err, generator.end())
	}
	x.next += quarters
	ended, after, err := x.awaitProcessed(ctx)
	if err != nil {
		return r, errors.Join(err, generator.end())
	}
	r.took, r.used = ended.Sub(start), after.minus(before)
	if err := generator.end(); err != nil {
		return r, err
	}
	var recorded totals
	if r.rows, recorded, err = x.rowsSince(ctx); err != nil {
		return r, err
	}
	r.records = r.load.Totals.Documents
	return r, differ("reports", x.b.spoil(r.load.Totals), recorded)
}

// headStill is how long the ledger must not have grown before the payers are asked.
const headStill = 50 * time.Millisecond

// awaitProcessed waits until all reports are processed. It gives when the ledger got its last
// event, and what had been used when nothing happened any more. Until then only the ledger's
// head is looked at: what payers' streams say takes both processors from what is measured.
func (x *intake) awaitProcessed(ctx context.Context) (last time.Time, used usage, err error) {
	ctx, cancel := context.WithTimeout(ctx, processedMax)
	defer cancel()
	var head ledger.Position
	for asked := false; ; time.Sleep(processedPoll) {
		now, err := x.log.Head(ctx)
		if err != nil {
			return last, used, err
		}
		if now != head {
			head, last, asked = now, time.Now(), false
		}
		if asked || time.Since(last) < headStill {
			continue
		}
		if used, err = x.b.usageOf(x.server.child); err != nil {
			return last, used, err
		}
		done, err := allProcessed(ctx, x.log, x.labour.unps(), foundFilings+x.next)
		if done || err != nil {
			return last, used, err
		}
		asked = true
	}
}

// copied is how long COPY of rows took.
type copied struct {
	took time.Duration
	used usage
}

// fill copies into the floor what the ledger has and the floor has not, so that the floor has
// no less to keep in order when it is measured.
func (x *intake) fill(ctx context.Context) (err error) {
	_, x.copied, err = eachRow(ctx, x.log, x.copied, x.keys, func(rows []floor.Row) error {
		return floor.Copy(ctx, x.pool, floor.Encode(rows))
	})
	return err
}

// rowsSince gives all rows that were added since the floor was filled, or since they were
// asked for last: whoever asks must copy them.
func (x *intake) rowsSince(ctx context.Context) (rows []floor.Row, sums totals, err error) {
	byQuarter, head, err := eachRow(ctx, x.log, x.copied, x.keys, func(chunk []floor.Row) error {
		rows = append(rows, chunk...)
		return nil
	})
	x.copied = head
	return rows, byQuarter.all(), err
}

// copyRows copies rows into the floor's table, in portions with a commit each.
func (x *intake) copyRows(ctx context.Context, rows []floor.Row, portion int) (c copied, err error) {
	var encoded [][]byte
	for part := range slices.Chunk(rows, portion) {
		encoded = append(encoded, floor.Encode(part))
	}
	postgres, err := cpuOfServer(x.b.cluster.server.PID())
	if err != nil {
		return c, err
	}
	self, start := cpuOfSelf(), time.Now()
	for _, e := range encoded {
		if err := floor.Copy(ctx, x.pool, e); err != nil {
			return c, err
		}
	}
	c.took = time.Since(start)
	c.used.client = cpuOfSelf() - self
	after, err := cpuOfServer(x.b.cluster.server.PID())
	c.used.server = after - postgres
	return c, err
}

// takeBack removes the rows that copyRows has just copied, to copy them in another way.
func (x *intake) takeBack(ctx context.Context, rows []floor.Row) error {
	return floor.TakeBack(ctx, x.pool, rows[0].Position)
}
