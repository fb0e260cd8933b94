package service

import (
	"cmp"
	"context"
	"slices"

	"github.com/stazh/stazh/api/auth"
	"github.com/stazh/stazh/commands"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/obligation"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/ledger/reconciliation"
	"github.com/stazh/stazh/ledger/settlement"
	"github.com/stazh/stazh/projections"
	"github.com/stazh/stazh/projections/balance"
)

// MismatchFilter narrows a list of mismatches; empty fields do not.
type MismatchFilter struct {
	Office      string
	Region      string
	Kind        string
	Unexplained bool
	// On is the day on which contributions must be due to be listed as unpaid; the null
	// date means today.
	On period.Date
}

func (f *MismatchFilter) place() PlaceFilter {
	return PlaceFilter{Office: f.Office, Region: f.Region}
}

// Mismatches lists open mismatches of many payers, by office, payer, quarter and kind. What
// was carried over from the quarter before is left out: it is listed there.
//
// What payers declare is read from an index. What is unpaid depends on the day, so that there
// is no index of it: accounts are settled as they are read, and a page may be short, or
// empty, and go on.
func (s *Service) Mismatches(ctx context.Context, c Caller, f MismatchFilter, cursor string,
	limit int, r Read) (Page[balance.PayerMismatch], error) {
	page := Page[balance.PayerMismatch]{Items: []balance.PayerMismatch{}}
	if err := allow(c, auth.ListReporting, auth.KindOffice, f.Office); err != nil {
		return page, err
	}
	if err := s.await(ctx, projectionBalance, r.AtLeast); err != nil {
		return page, err
	}
	if f.On.IsZero() {
		f.On = commands.FundDate(s.clock())
	}
	if f.Kind != "" && !slices.Contains(reconciliation.Unpaid(), f.Kind) {
		list, err := s.models.Balance.Open(ctx, balance.MismatchFilter{Filter: f.place(),
			Kind: f.Kind, Unexplained: f.Unexplained}, cursor, limit)
		if err != nil {
			return page, found(err, never)
		}
		page.Items = append(page.Items, list.Items...)
		page.Next, page.Position = list.Next, list.Position
		return page, nil
	}
	w := mismatchWalk{MismatchFilter: f, page: page, limit: projections.Limit(limit)}
	var err error
	if w.law, err = s.bus.Law.Current(ctx); err != nil {
		return page, err
	}
	if _, err := projections.DecodeCursor(cursor, w.place); err != nil {
		return page, found(err, never)
	}
	err = s.walk(ctx, &w)
	return w.page, err
}

// mismatchWalk goes through the accounts of an office.
type mismatchWalk struct {
	MismatchFilter
	law   *account.Law
	limit int
	page  Page[balance.PayerMismatch]
	// office and payer are the last account that was listed whole; of the next one all up to
	// and with the kind of the quarter was.
	office, payer string
	next, kind    string
	quarter       int
}

func (w *mismatchWalk) place(c *ledger.Codec) {
	c.String(&w.office)
	c.String(&w.payer)
	c.String(&w.next)
	c.Int(&w.quarter)
	c.String(&w.kind)
}

func (s *Service) walk(ctx context.Context, w *mismatchWalk) error {
	for read := 0; read < accountsReadMax; {
		after := ""
		if w.payer != "" {
			after = projections.EncodeCursor(func(c *ledger.Codec) {
				c.String(&w.office)
				c.String(&w.payer)
			})
		}
		list, err := s.models.Balance.Accounts(ctx, w.MismatchFilter.place(), after,
			accountsReadMax-read)
		if err != nil {
			return found(err, never)
		}
		w.page.Position = list.Position
		for _, t := range list.Items {
			if !w.take(t) {
				w.page.Next = projections.EncodeCursor(w.place)
				return nil
			}
		}
		if read += len(list.Items); list.Next == "" {
			return nil
		}
	}
	w.page.Next = projections.EncodeCursor(w.place)
	return nil
}

// take lists what is open of an account, and tells whether all of it had room.
func (w *mismatchWalk) take(t *reconciliation.Track) bool {
	p := t.Payer
	b := settlement.Of(p, w.law, w.On)
	unpaid, _ := reconciliation.Paid(p, &b)
	list := slices.Concat(t.Open, unpaid)
	slices.SortFunc(list, compareMismatch)
	for i := range list {
		m := &list[i]
		seen := p.UNP == w.next && compareMismatch(*m, reconciliation.Mismatch{
			Year: w.quarter / 10, Quarter: w.quarter % 10, Kind: w.kind}) <= 0
		if seen || m.Carried || w.Kind != "" && m.Kind != w.Kind ||
			w.Unexplained && m.State == reconciliation.Explained || !w.due(m) {
			continue
		}
		if len(w.page.Items) == w.limit {
			return false
		}
		w.page.Items = append(w.page.Items, balance.PayerMismatch{Payer: p.UNP,
			Office: p.Office, Mismatch: *m})
		w.next, w.quarter, w.kind = p.UNP, 10*m.Year+m.Quarter, m.Kind
	}
	w.office, w.payer = p.Office, p.UNP
	return true
}

// due tells whether a mismatch is one yet: contributions of a quarter are unpaid when the last
// of them are due.
func (w *mismatchWalk) due(m *reconciliation.Mismatch) bool {
	if !slices.Contains(reconciliation.Unpaid(), m.Kind) {
		return true
	}
	due := settlement.DueOn(w.law, obligation.FirstMonth(m.Year, m.Quarter).Add(2))
	return !due.IsZero() && due < w.On
}

func compareMismatch(a, b reconciliation.Mismatch) int {
	return cmp.Or(cmp.Compare(a.Year, b.Year), cmp.Compare(a.Quarter, b.Quarter),
		cmp.Compare(a.Kind, b.Kind))
}
