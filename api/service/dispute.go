package service

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/stazh/stazh/api/auth"
	"github.com/stazh/stazh/commands"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/ledger/seal"
	"github.com/stazh/stazh/projections"
	"github.com/stazh/stazh/projections/dispute"
)

// DisputeTask is a dispute as the payer sees it who has reported the line: what it has
// reported itself, what is said of it, and the terms. It tells nothing else of the person.
type DisputeTask struct {
	Dispute uuid.UUID            `json:"dispute"`
	Line    event.Line           `json:"line"`
	Payer   string               `json:"payer,omitempty"`
	Office  string               `json:"office,omitempty"`
	State   account.DisputeState `json:"state"`
	Due     period.Date          `json:"due,omitzero"`
	// Receipt, Document and Version are those of the form that is disputed.
	Receipt  string    `json:"receipt,omitempty"`
	Document int       `json:"document,omitempty"`
	Version  int       `json:"version,omitempty"`
	OpenedAt time.Time `json:"opened_at"`
	// Text is what the person says; absent where the key of the account was destroyed.
	Text       string                 `json:"text,omitempty"`
	Accepted   *bool                  `json:"accepted,omitempty"` // the payer's answer
	Answer     string                 `json:"answer,omitempty"`
	AnsweredAt time.Time              `json:"answered_at,omitzero"`
	Outcome    account.DisputeOutcome `json:"outcome,omitempty"`
	ClosedAt   time.Time              `json:"closed_at,omitzero"`
	Position   ledger.Position        `json:"position"`
}

// DisputeView is a dispute as the person and the Fund see it.
type DisputeView struct {
	DisputeTask
	Person   ledger.PersonID `json:"person"`
	Opener   string          `json:"opener"`
	Answerer string          `json:"answerer,omitempty"`
	ForFund  bool            `json:"for_fund"` // an officer answered in the payer's place
	// Closing is the reason of the decision or of the withdrawal.
	Closing      string `json:"closing,omitempty"`
	DecidedBy    string `json:"decided_by,omitempty"`
	CorrectedBy  string `json:"corrected_by,omitempty"` // receipt of the correction
	CorrectedDoc int    `json:"corrected_document,omitempty"`
	// Account is the joined account that holds the line; absent for the person's own.
	Account ledger.PersonID `json:"account,omitzero"`
}

func taskOf(d *account.Dispute, key *seal.PersonKey, today period.Date) (DisputeTask, error) {
	turn, due := d.Turn()
	v := DisputeTask{Dispute: d.DisputeOpened.Dispute, Line: d.Line, Payer: d.Payer,
		Office: d.Office, State: account.StateOfTurn(turn, today > due), Due: due,
		Receipt: d.Receipt, Document: d.DocNo, Version: d.Version, OpenedAt: d.OpenedAt,
		AnsweredAt: d.AnsweredAt, Outcome: d.Outcome, ClosedAt: d.ClosedAt,
		Position: d.Position}
	if !d.AnsweredAt.IsZero() {
		v.Accepted = &d.Answer.Accepted
	}
	var err error
	if v.Text, err = opened(key, d.Text); err != nil {
		return v, fmt.Errorf("open dispute %s: %w", v.Dispute, err)
	}
	if v.Answer, err = opened(key, d.Answer.Text); err != nil {
		return v, fmt.Errorf("open dispute %s: %w", v.Dispute, err)
	}
	return v, nil
}

func viewDispute(d *account.Dispute, person ledger.PersonID, key *seal.PersonKey,
	today period.Date) (DisputeView, error) {
	task, err := taskOf(d, key, today)
	if err != nil {
		return DisputeView{}, err
	}
	v := DisputeView{DisputeTask: task, Person: person, Opener: d.Opener,
		Answerer: d.Answerer, ForFund: d.Answer.ForFund, DecidedBy: d.DecidedBy,
		CorrectedBy: d.CorrectedBy, CorrectedDoc: d.CorrectedDoc, Account: d.Account}
	if v.Closing, err = opened(key, d.Closing); err != nil {
		return v, fmt.Errorf("open dispute %s: %w", v.Dispute, err)
	}
	return v, nil
}

// PersonDisputes lists the disputes of a person, in the order of opening. As of the past,
// who was late is told by the day of the reading.
func (s *Service) PersonDisputes(ctx context.Context, c Caller, id ledger.PersonID, r Read,
) (Answer[[]DisputeView], error) {
	var none Answer[[]DisputeView]
	state, err := s.stateFor(ctx, c, auth.ReadDisputes, id, r)
	if err != nil {
		return none, err
	}
	keys, err := s.keysOf(ctx, state.Person)
	if err != nil {
		return none, err
	}
	today, err := s.dayOf(ctx, r)
	if err != nil {
		return none, err
	}
	list := make([]DisputeView, len(state.Disputes))
	for i := range state.Disputes {
		d := &state.Disputes[i]
		if list[i], err = viewDispute(d, state.ID, keys[d.Account], today); err != nil {
			return none, err
		}
	}
	return answer(ctx, s, list, state.at)
}

// DisputeFilter narrows the disputes of an office; empty fields do not.
type DisputeFilter struct {
	Office string
	Turn   account.Turn
	Late   bool // only those whose term has passed
}

// Disputes lists the open disputes of an office, the first due first.
func (s *Service) Disputes(ctx context.Context, c Caller, f DisputeFilter, cursor string,
	limit int, r Read) (Page[DisputeView], error) {
	page := Page[DisputeView]{Items: []DisputeView{}}
	if err := allow(c, auth.ListDisputes, auth.KindOffice, f.Office); err != nil {
		return page, err
	}
	today := commands.FundDate(s.clock())
	filter := dispute.Filter{Office: f.Office, Turn: f.Turn}
	if f.Late {
		filter.DueBefore = today
	}
	list, keys, err := s.openDisputes(ctx, filter, cursor, limit, r)
	if err != nil {
		return page, err
	}
	for i := range list.Items {
		d := &list.Items[i]
		view, err := viewDispute(&d.Dispute, d.Person, keys[d.Person], today)
		if err != nil {
			return page, err
		}
		page.Items = append(page.Items, view)
	}
	page.Next, page.Position = list.Next, list.Position
	return page, nil
}

// openDisputes reads a page of disputes with the keys of their accounts.
func (s *Service) openDisputes(ctx context.Context, f dispute.Filter, cursor string, limit int,
	r Read) (list projections.Page[dispute.Dispute], keys map[ledger.PersonID]*seal.PersonKey,
	err error) {
	if err := s.await(ctx, projectionDispute, r.AtLeast); err != nil {
		return list, nil, err
	}
	if list, err = s.models.Dispute.Open(ctx, f, cursor, limit); err != nil {
		return list, nil, found(err, never)
	}
	ids := make([]ledger.PersonID, len(list.Items))
	for i := range list.Items {
		ids[i] = list.Items[i].Person
	}
	keys, err = s.bus.Keys.PersonKeys(ctx, ids, false)
	return list, keys, err
}

// PayerDisputes lists what a payer has to answer or to correct, the first due first.
func (s *Service) PayerDisputes(ctx context.Context, c Caller, unp, cursor string, limit int,
	r Read) (Page[DisputeTask], error) {
	page := Page[DisputeTask]{Items: []DisputeTask{}}
	if err := allow(c, auth.ListPayerDisputes, auth.KindPayer, unp); err != nil {
		return page, err
	}
	list, keys, err := s.openDisputes(ctx, dispute.Filter{Payer: unp}, cursor, limit, r)
	if err != nil {
		return page, err
	}
	today := commands.FundDate(s.clock())
	for i := range list.Items {
		d := &list.Items[i]
		task, err := taskOf(&d.Dispute, keys[d.Person], today)
		if err != nil {
			return page, err
		}
		page.Items = append(page.Items, task)
	}
	page.Next, page.Position = list.Next, list.Position
	return page, nil
}

// OpenDispute records a dispute; the value is its identifier.
func (s *Service) OpenDispute(ctx context.Context, c Caller, command commands.OpenDispute,
) (Answer[uuid.UUID], error) {
	if err := onPerson(c, auth.OpenDispute, command.Person, &command.Actor); err != nil {
		return Answer[uuid.UUID]{}, err
	}
	id, at, err := s.bus.OpenDispute(ctx, command)
	if err != nil {
		return Answer[uuid.UUID]{}, err
	}
	return answer(ctx, s, id, at)
}

// AnswerDispute answers a dispute: the payer's for itself, where the command names it, else
// an officer's in the payer's place. A payer names no person: the dispute leads to it.
func (s *Service) AnswerDispute(ctx context.Context, c Caller, command commands.AnswerDispute,
) (Answer[uuid.UUID], error) {
	var none Answer[uuid.UUID]
	command.Actor = c
	action, kind, object := auth.AnswerForFund, auth.KindPerson, command.Person.String()
	if command.Payer != "" {
		action, kind, object = auth.AnswerDispute, auth.KindPayer, command.Payer
	}
	if err := allow(c, action, kind, object); err != nil {
		return none, err
	}
	if command.Payer != "" {
		person, err := s.disputant(ctx, command.Payer, command.Dispute)
		if err != nil {
			return none, err
		}
		command.Person = person
	}
	at, err := s.bus.AnswerDispute(ctx, command)
	if err != nil {
		return none, err
	}
	return answer(ctx, s, command.Dispute, at)
}

// disputant finds the account of a payer's dispute. The command decides on the account
// itself; the list is only how a dispute is found.
func (s *Service) disputant(ctx context.Context, unp string, id uuid.UUID,
) (ledger.PersonID, error) {
	head, err := s.log.Head(ctx)
	if err != nil {
		return ledger.PersonID{}, err
	}
	if err := s.await(ctx, projectionDispute, head); err != nil {
		return ledger.PersonID{}, err
	}
	unknown := func() *commands.Error {
		return refuse(commands.NotFound, "dispute_unknown",
			"there is no dispute %s: list the disputes", id)
	}
	d, _, err := s.models.Dispute.Dispute(ctx, id)
	if err != nil {
		return ledger.PersonID{}, found(err, unknown)
	}
	if d.Payer != unp {
		return ledger.PersonID{}, unknown()
	}
	return d.Person, nil
}

// DecideDispute closes a dispute by a decision of the Fund.
func (s *Service) DecideDispute(ctx context.Context, c Caller, command commands.DecideDispute,
) (Answer[uuid.UUID], error) {
	if err := onPerson(c, auth.DecideDispute, command.Person, &command.Actor); err != nil {
		return Answer[uuid.UUID]{}, err
	}
	at, err := s.bus.DecideDispute(ctx, command)
	if err != nil {
		return Answer[uuid.UUID]{}, err
	}
	return answer(ctx, s, command.Dispute, at)
}

// WithdrawDispute closes a dispute at the person's wish.
func (s *Service) WithdrawDispute(ctx context.Context, c Caller,
	command commands.WithdrawDispute) (Answer[uuid.UUID], error) {
	if err := onPerson(c, auth.OpenDispute, command.Person, &command.Actor); err != nil {
		return Answer[uuid.UUID]{}, err
	}
	at, err := s.bus.WithdrawDispute(ctx, command)
	if err != nil {
		return Answer[uuid.UUID]{}, err
	}
	return answer(ctx, s, command.Dispute, at)
}
