package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/stazh/stazh/ledger/event"
)

// The deadline storm: three times the reports that can be taken in.
const (
	stormFirms  = 2048 // to learn how many reports to make
	calmFirms   = 4096 // to measure the capacity with
	stormTimes  = 3
	stormSpare  = 1.5 // reports made, in times of the capacity
	refusalMost = 50
)

// storm measures T15: what is accepted while far more is offered, how quickly the rest is
// refused, and that a crash of server and Postgres in the middle loses no accepted report.
func (b *bench) storm(ctx context.Context) (err error) {
	about, err := b.aboutCapacity(ctx)
	if err != nil {
		return err
	}
	lasting := b.lasting()
	// What a report costs grows with what there is of its payer and persons already, and of all
	// others: the capacity is measured with as many quarters, in the same ledger.
	reports := about * lasting.Seconds() * stormSpare
	l := labour{First: calmFirms, Firms: int(reports)/longRounds + 1, Persons: smallPersons, Jobs: 1}
	x, err := b.openIntake(ctx, "storm",
		labour{Firms: l.First + l.Firms, Persons: l.Persons, Jobs: l.Jobs}, true)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, x.close(ctx)) }()
	x.labour.Firms = calmFirms
	capacity, err := x.capacity(ctx)
	if err != nil {
		return err
	}
	before, err := x.count(ctx)
	if err != nil {
		return err
	}
	spec := stormSpec{loadSpec: loadSpec{Address: x.server.Address, Labour: l,
		What: loadReports, To: longRounds}, Rate: stormTimes * capacity}
	generator, err := readyLoad(ctx, "storm", spec)
	if err != nil {
		return err
	}
	start := time.Now()
	if err := generator.say(cue{"go"}); err != nil {
		return err
	}
	time.Sleep(lasting)
	took := time.Since(start)
	during, err := x.processedSoFar(ctx)
	if err != nil {
		return err
	}
	if err := x.crash(ctx); err != nil {
		return err
	}
	var result stormResult
	err = errors.Join(generator.say(cue{"stop"}), generator.hear(&result), generator.end())
	if err != nil {
		return err
	}
	if err := x.recover(ctx, b); err != nil {
		return err
	}
	if err := x.lostNone(ctx, before, result); err != nil {
		return err
	}
	processed := float64(during-before.processed) / took.Seconds()
	note := fmt.Sprintf("%.0f offered a second for %.0f s, then kill -9 of server and Postgres: "+
		"all %d accepted reports are there; load generator %.0f µs a report",
		float64(result.Offered)/result.Took.Seconds(), took.Seconds(), len(result.Accepted),
		float64(result.CPU.Microseconds())/float64(result.Offered))
	b.add(figure{Name: "T15 deadline storm, reports processed", Value: processed,
		Unit: "reports/s", Note: note}.against(capacity).aim(ratioAtLeast(0.9)))
	b.add(figure{Name: "T15 refusals, p99", Value: milliseconds(result.Refusals.P99), Unit: "ms",
		Note: fmt.Sprintf("%d answers 503", result.Refused)}.aim(valueAtMost(refusalMost)))
	return nil
}

// aboutCapacity is the capacity of a small ledger.
func (b *bench) aboutCapacity(ctx context.Context) (reports float64, err error) {
	x, err := b.openIntake(ctx, "capacity",
		labour{Firms: stormFirms, Persons: smallPersons, Jobs: 1}, true)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, x.close(ctx)) }()
	return x.capacity(ctx)
}

// capacity is how many small reports a second are processed when each client waits for
// its answer and all read models are live. As in the storm, each report is of another payer,
// so that of most persons nothing is remembered.
func (x *intake) capacity(ctx context.Context) (reports float64, err error) {
	var rates []float64
	for range longRounds {
		r, err := x.file(ctx, smallClients, 1)
		if err != nil {
			return 0, err
		}
		rates = append(rates, float64(r.load.Requests)/r.took.Seconds())
	}
	return median(rates), nil
}

// crash kills the server and Postgres without notice.
func (x *intake) crash(ctx context.Context) error {
	x.server.kill()
	_ = x.server.end() // it was killed
	x.detach()
	return x.in.cluster.crash(ctx)
}

// recover starts both again.
func (x *intake) recover(ctx context.Context, b *bench) (err error) {
	if err := x.in.cluster.start(ctx); err != nil {
		return err
	}
	if x.server, err = b.serve(ctx, x.in, true); err != nil {
		return err
	}
	return x.attach(ctx)
}

// filings is what the ledger says of reports of individual data.
type filings struct {
	received  map[string]bool // by receipt
	processed int
	documents int
}

func (x *intake) count(ctx context.Context) (f filings, err error) {
	f.received = map[string]bool{}
	for e, err := range x.log.ReadAll(ctx, 0, 0) {
		if err != nil {
			return f, err
		}
		payload, err := event.Decode(e)
		if err != nil {
			return f, err
		}
		switch p := payload.(type) {
		case *event.FilingReceived:
			f.received[p.Receipt] = true
		case *event.FilingProcessed:
			if p.Outcome != event.Accepted {
				return f, fmt.Errorf("%w: a filing was not accepted: %+v", errDiffers, p)
			}
			f.processed++
		case *event.IndividualDataReported:
			f.documents++
		}
	}
	return f, nil
}

// processedSoFar counts filings that were processed up to now.
func (x *intake) processedSoFar(ctx context.Context) (n int, err error) {
	head, err := x.log.Head(ctx)
	if err != nil {
		return 0, err
	}
	for e, err := range x.log.ReadAll(ctx, 0, int(head)) {
		if err != nil {
			return n, err
		}
		if e.Type == processedType {
			n++
		}
	}
	return n, nil
}

// lostNone waits until everything received is processed, and makes sure that every report
// that was answered with a receipt is among it, with all its persons, once.
func (x *intake) lostNone(ctx context.Context, before filings, r stormResult) error {
	ctx, cancel := context.WithTimeout(ctx, processedMax)
	defer cancel()
	var now filings
	for {
		var err error
		if now, err = x.count(ctx); err != nil {
			return err
		}
		if now.processed == len(now.received) {
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	if err := waitFollowed(ctx, x.server); err != nil {
		return err
	}
	for _, receipt := range r.Accepted {
		if !now.received[receipt] {
			return fmt.Errorf("%w: accepted report %s is lost", errDiffers, receipt)
		}
	}
	reports := len(now.received) - len(before.received)
	filed := totals{Documents: reports * smallPersons}
	recorded := totals{Documents: now.documents - before.documents}
	if reports < len(r.Accepted) {
		return fmt.Errorf("%w: %d reports recorded, %d accepted", errDiffers, reports,
			len(r.Accepted))
	}
	if err := differ("reports of the storm", x.b.spoil(filed), recorded); err != nil {
		return err
	}
	live, err := liveTotals(ctx, newClient(x.server.Address, 1), 0)
	if err != nil {
		return err
	}
	return differ("live totals after the storm", totals{Documents: now.documents},
		totals{Documents: live.all().Documents})
}
