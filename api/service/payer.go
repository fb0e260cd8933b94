package service

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/stazh/stazh/api/auth"
	"github.com/stazh/stazh/commands"
	"github.com/stazh/stazh/commands/intake/control"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/obligation"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/ledger/settlement"
	"github.com/stazh/stazh/projections"
	"github.com/stazh/stazh/projections/registry"
)

// PayerView is a payer in the register.
type PayerView struct {
	UNP            string      `json:"unp"`
	FundNo         string      `json:"fund_no"`
	Name           string      `json:"name"`
	Kind           string      `json:"kind"`
	Office         string      `json:"office"`
	Since          period.Date `json:"since"`
	DeregisteredOn period.Date `json:"deregistered_on,omitzero"`
}

func viewPayer(p *account.Payer) PayerView {
	return PayerView{UNP: p.UNP, FundNo: p.FundNo, Name: p.Name, Kind: p.Kind,
		Office: p.Office, Since: p.Since, DeregisteredOn: p.DeregisteredOn}
}

func viewRegistered(p registry.Payer) PayerView {
	return PayerView{UNP: p.UNP, FundNo: p.FundNo, Name: p.Name, Kind: p.Kind,
		Office: p.Office, Since: p.Since, DeregisteredOn: p.DeregisteredOn}
}

// Registration is a payer's registration; Repeated is true when it had been recorded
// with the same data before.
type Registration struct {
	PayerView
	Repeated bool
}

// RegisterPayer opens a payer's account.
func (s *Service) RegisterPayer(ctx context.Context, c Caller, command commands.RegisterPayer,
) (Answer[Registration], error) {
	var none Answer[Registration]
	if err := allow(c, auth.RegisterPayer, auth.KindPayer, command.UNP); err != nil {
		return none, err
	}
	command.Actor, command.UNP = c, control.NormalizeUNP(command.UNP)
	if !control.UNPValid(command.UNP) {
		// Before the ledger is asked for it, which knows streams of valid names only.
		return none, refuse(commands.Invalid, "unp_invalid",
			"the UNP is not valid: check its nine characters and the check digit")
	}
	r, err := s.bus.RegisterPayer(ctx, command)
	if err != nil {
		return none, err
	}
	value := Registration{viewPayer(r.Payer), r.Repeated}
	if r.Repeated {
		return answer(ctx, s, value, r.Payer.Position)
	}
	return Answer[Registration]{Value: value, Position: r.Payer.Position,
		RecordedUpTo: r.RecordedAt}, nil
}

// PayerFilter narrows a list of payers; empty fields do not.
type PayerFilter = registry.PayerFilter

// FindPayers lists registered payers, the best first when a text is given.
func (s *Service) FindPayers(ctx context.Context, c Caller, f PayerFilter, cursor string,
	limit int, r Read) (Page[PayerView], error) {
	page := Page[PayerView]{Items: []PayerView{}}
	if err := allow(c, auth.FindPayers, auth.KindPayer, ""); err != nil {
		return page, err
	}
	if err := s.await(ctx, projectionRegistry, r.AtLeast); err != nil {
		return page, err
	}
	list, err := s.models.Registry.FindPayers(ctx, f, cursor, limit)
	if err != nil {
		return page, searched(err)
	}
	for _, p := range list.Items {
		page.Items = append(page.Items, viewRegistered(p))
	}
	page.Next, page.Position = list.Next, list.Position
	return page, nil
}

// payer gives a payer's account for a read.
func (s *Service) payer(ctx context.Context, c Caller, action auth.Action, unp string, r Read,
) (*account.Payer, ledger.Position, error) {
	if err := allow(c, action, auth.KindPayer, unp); err != nil {
		return nil, 0, err
	}
	at, past, err := s.cut(ctx, r)
	if err != nil {
		return nil, 0, err
	}
	if !ledger.PayerStream(unp).Valid() {
		return nil, 0, refuse(commands.Invalid, "payer_invalid",
			"a UNP has nine characters, digits or capital Latin letters: check it")
	}
	var p *account.Payer
	if past {
		p, err = s.foldPayer(ctx, unp, at)
	} else {
		if err := s.await(ctx, projectionBalance, r.AtLeast); err != nil {
			return nil, 0, err
		}
		p, at, err = s.models.Balance.Payer(ctx, unp)
		err = found(err, payerUnknown)
	}
	if err == nil && !p.Registered {
		err = payerUnknown() // only files came under this UNP
	}
	return p, at, err
}

// Payer gives a registered payer.
func (s *Service) Payer(ctx context.Context, c Caller, unp string, r Read,
) (Answer[PayerView], error) {
	p, at, err := s.payer(ctx, c, auth.ReadPayer, unp, r)
	if err != nil {
		return Answer[PayerView]{}, err
	}
	return answer(ctx, s, viewPayer(p), at)
}

// BalanceView is a payer's balance, and beside it what missed quarters would probably come
// to: nothing of that is in the balance.
type BalanceView struct {
	settlement.Balance
	Estimates []obligation.Estimate `json:"estimates"`
}

// Balance gives what a payer owes and has paid, as it stands on a day; the null date
// means today.
func (s *Service) Balance(ctx context.Context, c Caller, unp string, r Read, on period.Date,
) (Answer[BalanceView], error) {
	p, at, err := s.payer(ctx, c, auth.ReadBalance, unp, r)
	if err != nil {
		return Answer[BalanceView]{}, err
	}
	if on.IsZero() {
		on = commands.FundDate(s.clock())
	}
	law, err := s.law(ctx, at, r.AsOf != (AsOf{}))
	if err != nil {
		return Answer[BalanceView]{}, err
	}
	return answer(ctx, s, BalanceView{Balance: settlement.Of(p, law, on),
		Estimates: append([]obligation.Estimate{}, obligation.Estimates(p, law, on)...)}, at)
}

// PaymentView is a payment with both its times.
type PaymentView struct {
	event.PaymentReceived
	RecordedAt time.Time `json:"recorded_at"`
}

// Payments lists a payer's payments in the order in which the Fund learned of them.
func (s *Service) Payments(ctx context.Context, c Caller, unp string, r Read, cursor string,
	limit int) (Page[PaymentView], error) {
	page := Page[PaymentView]{Items: []PaymentView{}}
	p, at, err := s.payer(ctx, c, auth.ReadBalance, unp, r)
	if err != nil {
		return page, err
	}
	page.Position = at
	var done int
	place := func(codec *ledger.Codec) { codec.Int(&done) }
	if _, err := projections.DecodeCursor(cursor, place); err != nil {
		return page, found(err, never)
	}
	if done < 0 || done > len(p.Payments) {
		return page, found(projections.ErrCursor, never)
	}
	rest := p.Payments[done:]
	rest = rest[:min(len(rest), projections.Limit(limit))]
	for _, x := range rest {
		page.Items = append(page.Items, PaymentView{x.PaymentReceived, x.RecordedAt})
	}
	if done += len(rest); done < len(p.Payments) {
		page.Next = projections.EncodeCursor(place)
	}
	return page, nil
}

// PayerPersons lists the persons whom a payer has ever employed or reported.
func (s *Service) PayerPersons(ctx context.Context, c Caller, unp, cursor string, limit int,
	r Read) (Page[PersonView], error) {
	page := Page[PersonView]{Items: []PersonView{}}
	if err := allow(c, auth.ReadStaff, auth.KindPayer, unp); err != nil {
		return page, err
	}
	for _, projection := range []string{projectionAccount, projectionRegistry} {
		if err := s.await(ctx, projection, r.AtLeast); err != nil {
			return page, err
		}
	}
	ids, err := s.models.Account.OfPayer(ctx, unp, cursor, limit)
	if err != nil {
		return page, found(err, payerUnknown)
	}
	persons, position, err := s.models.Registry.Persons(ctx, ids.Items)
	if err != nil {
		return page, found(err, never)
	}
	known := make(map[ledger.PersonID]PersonView, len(persons))
	for _, p := range persons {
		known[p.ID] = viewPerson(p)
	}
	for _, id := range ids.Items {
		view, ok := known[id]
		if !ok {
			view = PersonView{ID: id} // the register has not come this far yet
		}
		page.Items = append(page.Items, view)
	}
	page.Next, page.Position = ids.Next, min(ids.Position, position)
	return page, nil
}

// ParkedView is a document of a filing that waits for something.
type ParkedView struct {
	Filing     uuid.UUID         `json:"filing"`
	Document   int               `json:"document"`
	Form       string            `json:"form"`
	Awaits     string            `json:"awaits"`
	Persons    []ledger.PersonID `json:"persons"`
	Until      period.Date       `json:"until"`
	Year       int               `json:"year,omitempty"`
	Quarter    int               `json:"quarter,omitempty"`
	RecordedAt time.Time         `json:"recorded_at"`
	Position   ledger.Position   `json:"position"`
}

// Parked lists the documents of a payer that wait.
func (s *Service) Parked(ctx context.Context, c Caller, unp string, r Read,
) (Page[ParkedView], error) {
	page := Page[ParkedView]{Items: []ParkedView{}}
	if err := allow(c, auth.ReadPayer, auth.KindPayer, unp); err != nil {
		return page, err
	}
	if err := s.await(ctx, projectionFiling, r.AtLeast); err != nil {
		return page, err
	}
	list, position, err := s.models.Filing.Parked(ctx, unp)
	if err != nil {
		return page, found(err, payerUnknown)
	}
	for _, p := range list {
		view := ParkedView{Filing: p.Filing, Document: p.DocNo, Form: p.Form, Awaits: p.Awaits,
			Persons: p.Persons, Until: p.Until, Year: p.Year, Quarter: p.Quarter,
			RecordedAt: p.RecordedAt, Position: p.Position}
		if view.Persons == nil {
			view.Persons = []ledger.PersonID{}
		}
		page.Items = append(page.Items, view)
	}
	page.Position = position
	return page, nil
}
