package benefit

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/projections"
)

// Scopes of a total.
const (
	Country = "country"
	Region  = "region" // code: the first digit of its offices
	Office  = "office" // code: three digits
)

// CountryCode is the only code of the scope Country.
const CountryCode = "BY"

// series names the totals of a kind at one place.
type series struct{ scope, code, kind string }

func (s series) compare(o series) int {
	return cmp.Or(cmp.Compare(s.scope, o.scope), cmp.Compare(s.code, o.code),
		cmp.Compare(s.kind, o.kind))
}

// figure is a number of benefits and what they pay a month.
type figure struct {
	count  int64
	amount money.Amount
}

func (f figure) plus(o figure) figure { return figure{f.count + o.count, f.amount + o.amount} }

// changes are by how much figures change from a month on.
type changes map[series]map[period.Month]figure

// person adds, or with -1 takes away, what the cases of a person make of the totals.
func (c changes) person(p *account.Person, sign int64) {
	for i := range p.Cases {
		x := &p.Cases[i]
		var before figure
		for _, month := range months(x) {
			var now figure
			if amount, ok := InMonth(x, month); ok {
				now = figure{sign, amount * money.Amount(sign)}
			}
			c.at(officeOf(x), x.Kind, month,
				figure{now.count - before.count, now.amount - before.amount})
			before = now
		}
	}
}

// at adds a change at an office, its region and the country.
func (c changes) at(office, kind string, month period.Month, change figure) {
	region, kind := string([]rune(office)[:1]), projections.Text(kind)
	for _, s := range [...]series{{Country, CountryCode, kind}, {Region, region, kind},
		{Office, office, kind}} {
		if c[s] == nil {
			c[s] = map[period.Month]figure{}
		}
		c[s][month] = c[s][month].plus(change)
	}
}

// add joins other changes.
func (c changes) add(o changes) {
	for s, list := range o {
		if c[s] == nil {
			c[s] = map[period.Month]figure{}
		}
		for month, change := range list {
			c[s][month] = c[s][month].plus(change)
		}
	}
}

// step is a row of a series: the figures from the first month that changes: by month, each row
// unlike the one before it.
type step struct {
	month period.Month
	figure
}

// running makes steps of changes, from the figures that hold before the first of them.
func running(before figure, list map[period.Month]figure) (steps []step) {
	all := make([]period.Month, 0, len(list))
	for month := range list {
		all = append(all, month)
	}
	slices.Sort(all)
	now := before
	for _, month := range all {
		if list[month] == (figure{}) {
			continue
		}
		now = now.plus(list[month])
		steps = append(steps, step{month, now})
	}
	return steps
}

// store replaces the rows of each series from its first changed month on.
func (c changes) store(ctx context.Context, tx pgx.Tx) error {
	list, first := c.moved()
	if len(list) == 0 {
		return nil
	}
	rows, err := c.load(ctx, tx, list, first)
	if err != nil {
		return fmt.Errorf("load totals: %w", err)
	}
	scopes, codes, kinds := columns(list)
	var b pgx.Batch
	b.Queue(`delete from total t using unnest($1::text[], $2::text[], $3::text[], $4::integer[])
		n(scope, code, kind, month) where t.scope = n.scope and t.code = n.code and
		t.kind = n.kind and t.month >= n.month`, scopes, codes, kinds, first)
	var (
		written         []series
		months          []int32
		counts, amounts []int64
	)
	for i, s := range list {
		later := map[period.Month]figure{}
		before, previous := figure{}, figure{}
		for _, row := range rows[s] {
			if int32(row.month) < first[i] {
				before, previous = row.figure, row.figure
				continue
			}
			later[row.month] = figure{row.count - previous.count, row.amount - previous.amount}
			previous = row.figure
		}
		changes{s: later}.add(changes{s: c[s]})
		for _, x := range running(before, later) {
			written, months = append(written, s), append(months, int32(x.month))
			counts, amounts = append(counts, x.count), append(amounts, int64(x.amount))
		}
	}
	scopes, codes, kinds = columns(written)
	b.Queue(`insert into total (scope, code, kind, month, count, amount)
		select * from unnest($1::text[], $2::text[], $3::text[], $4::integer[], $5::bigint[],
			$6::bigint[])`, scopes, codes, kinds, months, counts, amounts)
	if err := tx.SendBatch(ctx, &b).Close(); err != nil {
		return fmt.Errorf("store totals: %w", err)
	}
	return nil
}

// moved lists the series that change at all, in order, and the first month of each.
func (c changes) moved() (list []series, first []int32) {
	for s, months := range c {
		if len(running(figure{}, months)) > 0 {
			list = append(list, s)
		}
	}
	slices.SortFunc(list, series.compare)
	for _, s := range list {
		first = append(first, int32(running(figure{}, c[s])[0].month))
	}
	return list, first
}

// load reads, for each series, its rows from the month on and the one before them.
func (c changes) load(ctx context.Context, tx pgx.Tx, list []series, first []int32,
) (map[series][]step, error) {
	scopes, codes, kinds := columns(list)
	rows, err := tx.Query(ctx, `select t.scope, t.code, t.kind, t.month, t.count, t.amount
		from unnest($1::text[], $2::text[], $3::text[], $4::integer[]) n(scope, code, kind, month),
		lateral (select max(month) as month from total o where o.scope = n.scope and
			o.code = n.code and o.kind = n.kind and o.month < n.month) before,
		lateral (select * from total t where t.scope = n.scope and t.code = n.code and
			t.kind = n.kind and t.month >= coalesce(before.month, n.month)) t
		order by t.scope, t.code, t.kind, t.month`, scopes, codes, kinds, first)
	if err != nil {
		return nil, err
	}
	var (
		s     series
		month int32
		f     figure
	)
	found := map[series][]step{}
	_, err = pgx.ForEachRow(rows, []any{&s.scope, &s.code, &s.kind, &month, &f.count,
		(*int64)(&f.amount)}, func() error {
		found[s] = append(found[s], step{period.Month(month), f})
		return nil
	})
	return found, err
}

func columns(list []series) (scopes, codes, kinds []string) {
	for _, s := range list {
		scopes, codes = append(scopes, s.scope), append(codes, s.code)
		kinds = append(kinds, s.kind)
	}
	return scopes, codes, kinds
}
