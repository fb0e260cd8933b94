package reporting

import (
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/stazh/stazh/projections"
)

// totalKey is a row of the table of totals.
type totalKey struct {
	place
	form string
	quarter
}

// add joins two sums.
func (s *sum) add(o *sum) {
	f, g := &s.Figures, &o.Figures
	f.Received += g.Received
	f.Processed += g.Processed
	f.Accepted += g.Accepted
	f.Partial += g.Partial
	f.Refused += g.Refused
	f.DocumentsAccepted += g.DocumentsAccepted
	f.DocumentsRejected += g.DocumentsRejected
	f.DocumentsParked += g.DocumentsParked
	f.Persons += g.Persons
	f.Earnings += g.Earnings
	f.Benefits += g.Benefits
	f.Contributions += g.Contributions
	f.Assessed += g.Assessed
	f.Payments += g.Payments
	s.position = max(s.position, o.position)
}

// numbers are the figures in the order of the columns, and the position behind them.
func (s *sum) numbers() []int64 {
	return []int64{
		s.Received, s.Processed, s.Accepted, s.Partial, s.Refused,
		s.DocumentsAccepted, s.DocumentsRejected, s.DocumentsParked, s.Persons,
		int64(s.Earnings), int64(s.Benefits), int64(s.Contributions), int64(s.Assessed),
		int64(s.Payments), int64(s.position),
	}
}

// addTotals adds the batch's sums to the rows of all three scopes.
const addTotals = `insert into total as t (scope, code, form, year, quarter, received,
		processed, accepted, partial, refused, documents_accepted, documents_rejected,
		documents_parked, persons, earnings, benefits, contributions, assessed, payments,
		position)
	select * from unnest($1::text[], $2::text[], $3::text[], $4::integer[], $5::integer[],
		$6::bigint[], $7::bigint[], $8::bigint[], $9::bigint[], $10::bigint[],
		$11::bigint[], $12::bigint[], $13::bigint[], $14::bigint[], $15::bigint[],
		$16::bigint[], $17::bigint[], $18::bigint[], $19::bigint[], $20::bigint[])
	on conflict (scope, code, form, year, quarter) do update set
		received = t.received + excluded.received,
		processed = t.processed + excluded.processed,
		accepted = t.accepted + excluded.accepted,
		partial = t.partial + excluded.partial,
		refused = t.refused + excluded.refused,
		documents_accepted = t.documents_accepted + excluded.documents_accepted,
		documents_rejected = t.documents_rejected + excluded.documents_rejected,
		documents_parked = t.documents_parked + excluded.documents_parked,
		persons = t.persons + excluded.persons,
		earnings = t.earnings + excluded.earnings,
		benefits = t.benefits + excluded.benefits,
		contributions = t.contributions + excluded.contributions,
		assessed = t.assessed + excluded.assessed,
		payments = t.payments + excluded.payments,
		position = greatest(t.position, excluded.position)`

// figureColumns is the number of figures of a total, the position included.
const figureColumns = 15

// totals spreads the sums of offices over all three scopes.
func totals(sums map[rowKey]*sum) map[totalKey]*sum {
	all := map[totalKey]*sum{}
	for k, x := range sums {
		for _, p := range places(k.office) {
			key := totalKey{p, k.form, k.quarter}
			if all[key] == nil {
				all[key] = &sum{}
			}
			all[key].add(x)
		}
	}
	return all
}

func (s *state) queueTotals(b *pgx.Batch) {
	all := totals(s.sums)
	if len(all) == 0 {
		return
	}
	var (
		scopes, codes, forms []string
		years, quarters      []int32
		figures              [figureColumns][]int64
	)
	for k, x := range all {
		scopes, codes = append(scopes, k.scope), append(codes, k.code)
		forms = append(forms, k.form)
		years, quarters = append(years, int32(k.year)), append(quarters, int32(k.number))
		for i, n := range x.numbers() {
			figures[i] = append(figures[i], n)
		}
	}
	args := []any{scopes, codes, forms, years, quarters}
	for _, column := range figures {
		args = append(args, column)
	}
	b.Queue(addTotals, args...)
}

// quarterKey is a row of the table of payers' changes.
type quarterKey struct {
	place
	quarter
}

// payerChanges spreads the changes of offices over all three scopes.
func payerChanges(changes map[changeKey]int64) map[quarterKey]int64 {
	all := map[quarterKey]int64{}
	for k, n := range changes {
		for _, p := range places(k.office) {
			all[quarterKey{p, k.quarter}] += n
		}
	}
	return all
}

func (s *state) queueChanges(b *pgx.Batch) {
	all := payerChanges(s.changes)
	if len(all) == 0 {
		return
	}
	var (
		scopes, codes   []string
		years, quarters []int32
		deltas          []int64
	)
	for k, n := range all {
		scopes, codes = append(scopes, k.scope), append(codes, k.code)
		years, quarters = append(years, int32(k.year)), append(quarters, int32(k.number))
		deltas = append(deltas, n)
	}
	b.Queue(`insert into payer_change as t (scope, code, year, quarter, delta)
		select * from unnest($1::text[], $2::text[], $3::integer[], $4::integer[],
			$5::bigint[])
		on conflict (scope, code, year, quarter) do update
		set delta = t.delta + excluded.delta`, scopes, codes, years, quarters, deltas)
}

func (s *state) queuePayers(b *pgx.Batch) {
	var (
		unps, offices, kinds []string
		since, until         []*time.Time
	)
	for unp, p := range s.payers {
		if p.changed {
			unps, offices = append(unps, unp), append(offices, p.office)
			kinds = append(kinds, p.kind)
			since = append(since, projections.DateColumn(p.since))
			until = append(until, projections.DateColumn(p.deregisteredOn))
		}
	}
	if len(unps) == 0 {
		return
	}
	b.Queue(`insert into payer (unp, office, kind, since, deregistered_on)
		select * from unnest($1::text[], $2::text[], $3::text[], $4::date[], $5::date[])
		on conflict (unp) do update set office = excluded.office, kind = excluded.kind,
			since = excluded.since, deregistered_on = excluded.deregistered_on`,
		unps, offices, kinds, since, until)
}

func (s *state) queueAssessments(b *pgx.Batch) {
	var (
		payers []string
		months []int32
		totals []int64
	)
	for k := range s.fresh {
		payers, months = append(payers, k.payer), append(months, int32(k.month))
		totals = append(totals, int64(s.assessed[k]))
	}
	if len(payers) == 0 {
		return
	}
	b.Queue(`insert into assessment (payer, month, total)
		select * from unnest($1::text[], $2::integer[], $3::bigint[])
		on conflict (payer, month) do update set total = excluded.total`,
		payers, months, totals)
}

// queueFilings writes the filings of the batch that are still open and removes those
// that are done with, so that the table stays as small as the work in progress.
func (s *state) queueFilings(b *pgx.Batch) {
	if len(s.touched) == 0 {
		return
	}
	var (
		ids             []uuid.UUID
		offices         []string
		years, quarters []int32
		processed       []bool
		parked          []int64
	)
	for id, f := range s.filings {
		if f.done() {
			continue
		}
		ids, offices = append(ids, id), append(offices, f.office)
		years = append(years, int32(f.arrived.year))
		quarters = append(quarters, int32(f.arrived.number))
		processed, parked = append(processed, f.processed), append(parked, f.parked)
	}
	b.Queue("delete from open_filing where filing = any($1)", projections.UUIDs(s.touched))
	b.Queue(`insert into open_filing (filing, office, year, quarter, processed, parked)
		select * from unnest($1::uuid[], $2::text[], $3::integer[], $4::integer[],
			$5::boolean[], $6::bigint[])`,
		projections.UUIDs(ids), offices, years, quarters, processed, parked)
}
