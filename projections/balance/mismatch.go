package balance

import (
	"cmp"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/stazh/stazh/ledger/obligation"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/ledger/reconciliation"
	"github.com/stazh/stazh/projections"
)

// standing is what the tables of obligations say of a payer.
type standing struct {
	unp, office, kind string
	obligation.Standing
}

func standingOf(t *reconciliation.Track) standing {
	p := t.Payer
	return standing{p.UNP, p.Office, p.Kind, obligation.StandingOf(p)}
}

// figure is a place in the table of totals.
type figure struct {
	office, kind, form string
	quarter            period.Month
}

// figures are differences to the totals.
type figures map[figure]int64

// add takes a payer's standing in or out.
func (f figures) add(s *standing, sign int64) {
	if s.First == 0 {
		return
	}
	f[figure{s.office, s.kind, "", s.First}] += sign
	if s.Last != 0 {
		f[figure{s.office, s.kind, "", s.Last.Add(3)}] -= sign
	}
	for _, m := range s.Met {
		f[figure{s.office, s.kind, m.Form, m.Quarter}] += sign
	}
}

func quarterOf(m *reconciliation.Mismatch) period.Month {
	return obligation.FirstMonth(m.Year, m.Quarter)
}

// writeMismatches gives the rows of mismatches.
func writeMismatches(rows *projections.Rows, unp, office string,
	list []reconciliation.Mismatch) {
	for i := range list {
		m := &list[i]
		rows.Table("mismatch", 10)
		rows.Text(unp)
		rows.Text(m.Kind)
		rows.Int32(int32(quarterOf(m)))
		rows.Int64(int64(m.Opened.Position))
		if m.Closed == nil {
			rows.Null()
		} else {
			rows.Int64(int64(m.Closed.Position))
		}
		rows.Text(office)
		rows.Int64(int64(m.Difference))
		rows.Bool(m.Carried)
		rows.Bool(m.State == reconciliation.Explained)
		rows.Encoded(m.Fields)
	}
}

func writeDuty(rows *projections.Rows, s *standing) {
	if s.First == 0 {
		return
	}
	rows.Table("duty", 5)
	rows.Text(s.unp)
	rows.Text(s.office)
	rows.Text(s.kind)
	rows.Int32(int32(s.First))
	if s.Last == 0 {
		rows.Null()
	} else {
		rows.Int32(int32(s.Last))
	}
}

func writeMet(rows *projections.Rows, unp string, list []obligation.Filed) {
	for _, m := range list {
		rows.Table("met", 3)
		rows.Text(unp)
		rows.Text(m.Form)
		rows.Int32(int32(m.Quarter))
	}
}

// without gives the filed reports of a list that another list lacks.
func without(list, other []obligation.Filed) (left []obligation.Filed) {
	for _, m := range list {
		if !slices.ContainsFunc(other, func(o obligation.Filed) bool {
			return o.Form == m.Form && o.Quarter == m.Quarter
		}) {
			left = append(left, m)
		}
	}
	return left
}

// queue adds the differences to the totals and removes those that come to nothing.
func (f figures) queue(b *pgx.Batch) {
	places := make([]figure, 0, len(f))
	for place, n := range f {
		if n != 0 {
			places = append(places, place)
		}
	}
	if len(places) == 0 {
		return
	}
	slices.SortFunc(places, func(a, b figure) int {
		return cmp.Or(cmp.Compare(a.office, b.office), cmp.Compare(a.kind, b.kind),
			cmp.Compare(a.form, b.form), cmp.Compare(a.quarter, b.quarter))
	})
	var (
		offices, kinds, forms []string
		quarters              []int32
		counts                []int64
	)
	for _, place := range places {
		offices = append(offices, projections.Text(place.office))
		kinds = append(kinds, projections.Text(place.kind))
		forms = append(forms, place.form)
		quarters = append(quarters, int32(place.quarter))
		counts = append(counts, f[place])
	}
	b.Queue(`insert into total (office, payer_kind, form, quarter, payers)
		select * from unnest($1::text[], $2::text[], $3::text[], $4::integer[], $5::bigint[])
		on conflict (office, payer_kind, form, quarter)
			do update set payers = total.payers + excluded.payers`,
		offices, kinds, forms, quarters, counts)
	b.Queue(`delete from total using unnest($1::text[], $2::text[], $3::text[], $4::integer[])
			n(office, payer_kind, form, quarter)
		where total.office = n.office and total.payer_kind = n.payer_kind
			and total.form = n.form and total.quarter = n.quarter and total.payers = 0`,
		offices, kinds, forms, quarters)
}
