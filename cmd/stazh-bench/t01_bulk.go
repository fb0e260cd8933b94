package main

import (
	"context"
	"errors"
)

// Reports of 1,000 persons: eight payers at once, four quarters a round.
const (
	bulkFirms    = 8
	bulkPersons  = 1000
	bulkQuarters = 4
	copyPortion  = 1000
	serverRSSMax = 512 // MiB
)

// bulk measures T1 and, of the same rounds, T16: the intake with the read models left to
// another process, and once more with all of them live.
func (b *bench) bulk(ctx context.Context) error {
	if err := b.bulkOf(ctx, "bulk", false); err != nil {
		return err
	}
	return b.bulkOf(ctx, "bulk_live", true)
}

func (b *bench) bulkOf(ctx context.Context, name string, follow bool) (err error) {
	l := labour{Firms: bulkFirms, Persons: bulkPersons, Jobs: 1}
	x, err := b.openIntake(ctx, name, l, follow)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, x.close(ctx)) }()
	var rates, floors []float64
	var used, copying usage
	records, generator := 0, usage{}
	for range rounds {
		r, err := x.file(ctx, bulkFirms, bulkQuarters)
		if err != nil {
			return err
		}
		c, err := x.copyRows(ctx, r.rows, copyPortion)
		if err != nil {
			return err
		}
		rates = append(rates, r.rate())
		floors = append(floors, float64(r.records)/c.took.Seconds())
		used, copying = used.plus(r.used), copying.plus(c.used)
		records += r.records
		generator.client += r.load.CPU
	}
	peak, err := peakRSS(x.server.pid())
	if err != nil {
		return err
	}
	f := figure{Name: "T1 reports of 1,000 persons", Value: median(rates), Unit: "records/s",
		Note: "read models follow elsewhere; load generator " +
			number(perRecord(generator.client, records)) + " µs/record"}
	if follow {
		f.Name, f.Note = "T1 the same, all read models live", ""
		b.add(f.against(median(floors)).cost(used.client, used.server, records))
		b.add(figure{Name: "T1 peak memory of the server", Value: mebibytes(peak),
			Unit: "MiB", PeakRSS: mebibytes(peak)}.aim(valueAtMost(serverRSSMax)))
		return nil
	}
	b.add(f.against(median(floors)).aim(ratioAtLeast(0.70)).
		cost(used.client, used.server, records))
	b.add(figure{Name: "T16 processor time of a record", Unit: "µs",
		Value: perRecord(used.total(), records),
		Note:  "floor: COPY of the record's rows, client and server"}.
		against(perRecord(copying.total(), records)).aim(ratioAtMost(1.8)).
		cost(used.client, used.server, records))
	return nil
}
