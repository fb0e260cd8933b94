package reporting

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/stazh/stazh/ledger"
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
	// In the order of the index neighbours are found on the page that was read already.
	for _, k := range slices.SortedFunc(maps.Keys(all), totalKey.compare) {
		x := all[k]
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
	queueLastChanges(b, all)
}

func (k totalKey) compare(o totalKey) int {
	return cmp.Or(cmp.Compare(k.scope, o.scope), cmp.Compare(k.code, o.code),
		cmp.Compare(k.form, o.form), cmp.Compare(k.year, o.year), cmp.Compare(k.number, o.number))
}

// lastChanges gives for each quarter the position of the last event that touched a total.
func lastChanges(all map[totalKey]*sum) map[quarter]ledger.Position {
	last := map[quarter]ledger.Position{}
	for k, x := range all {
		last[k.quarter] = max(last[k.quarter], x.position)
	}
	return last
}

func queueLastChanges(b *pgx.Batch, all map[totalKey]*sum) {
	var years, quarters []int32
	var positions []int64
	for q, position := range lastChanges(all) {
		years, quarters = append(years, int32(q.year)), append(quarters, int32(q.number))
		positions = append(positions, int64(position))
	}
	b.Queue(`insert into quarter_change (year, quarter, position)
		select * from unnest($1::integer[], $2::integer[], $3::bigint[])
		on conflict (year, quarter) do update set position = excluded.position`,
		years, quarters, positions)
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

// storeAssessments writes the assessments of the batch, those of months that had none as
// new rows.
func (s *state) storeAssessments(b *pgx.Batch, rows *projections.Rows) {
	var (
		payers []string
		months []int32
		totals []int64
	)
	for k := range s.fresh {
		if !s.stored[k] {
			s.writeAssessment(rows, k)
			continue
		}
		payers, months = append(payers, k.payer), append(months, int32(k.month))
		totals = append(totals, int64(s.assessed[k]))
	}
	if len(payers) == 0 {
		return
	}
	b.Queue(`update assessment a set total = n.total
		from unnest($1::text[], $2::integer[], $3::bigint[]) n(payer, month, total)
		where a.payer = n.payer and a.month = n.month`, payers, months, totals)
}

// storeFilings writes the filings of the batch that are still open, so that the table
// stays as small as the work in progress.
func (s *state) storeFilings(b *pgx.Batch, rows *projections.Rows) {
	if len(s.known) > 0 {
		b.Queue(`delete from open_filing f using unnest($1::uuid[]) n(filing)
			where f.filing = n.filing`, projections.UUIDs(s.known))
	}
	s.writeFilings(rows)
}
