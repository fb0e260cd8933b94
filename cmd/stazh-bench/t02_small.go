package main

import (
	"context"
	"errors"
)

// Reports of 13 persons, the average payer's: 64 payers at once of some more, so that a round
// lasts long enough for its beginning and end to count little.
const (
	smallClients  = 64 // who file at once
	smallPayers   = 256
	smallPersons  = 13
	smallQuarters = 7
)

// small measures T2 beside two floors: one COPY and commit a report, and COPY of the same
// rows by the thousand.
func (b *bench) small(ctx context.Context) (err error) {
	l := labour{Firms: smallPayers, Persons: smallPersons, Jobs: 1}
	x, err := b.openIntake(ctx, "small", l, false)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, x.close(ctx)) }()
	var rates, singly, bulk []float64
	var used usage
	records := 0
	for range rounds {
		r, err := x.file(ctx, smallClients, smallQuarters)
		if err != nil {
			return err
		}
		// A report's rows stand together in the ledger, as they were appended.
		one, err := x.copyRows(ctx, r.rows, len(r.rows)/r.load.Requests)
		if err == nil {
			err = x.takeBack(ctx, r.rows)
		}
		if err != nil {
			return err
		}
		many, err := x.copyRows(ctx, r.rows, copyPortion)
		if err != nil {
			return err
		}
		rates = append(rates, r.rate())
		singly = append(singly, float64(r.records)/one.took.Seconds())
		bulk = append(bulk, float64(r.records)/many.took.Seconds())
		used = used.plus(r.used)
		records += r.records
	}
	f := figure{Name: "T2 reports of 13 persons, beside one COPY a report",
		Value: median(rates), Unit: "records/s"}.cost(used.client, used.server, records)
	b.add(f.against(median(singly)).aim(ratioAtLeast(1.8)))
	f.Name = "T2 the same, beside COPY of 1,000 rows"
	b.add(f.against(median(bulk)).aim(ratioAtLeast(0.5)))
	return nil
}
