package service

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"time"

	"github.com/google/uuid"

	"github.com/stazh/stazh/api/auth"
	"github.com/stazh/stazh/commands"
	"github.com/stazh/stazh/commands/intake/control"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/projections/order"
)

// OrderView is an order to correct what a payer has reported, without the payer.
type OrderView struct {
	Order       uuid.UUID   `json:"order"`
	Payer       string      `json:"payer"`
	Office      string      `json:"office,omitempty"`
	State       string      `json:"state"`
	Documents   int         `json:"documents"`
	Ground      string      `json:"ground"`
	Reason      string      `json:"reason"`
	ProposedBy  string      `json:"proposed_by"`
	ProposedAt  time.Time   `json:"proposed_at"`
	ObjectUntil period.Date `json:"object_until,omitzero"`
	DecidedBy   string      `json:"decided_by,omitempty"`
	DecidedAt   time.Time   `json:"decided_at,omitzero"`
	// Decision is why it was approved or declined, DecisionGround by which act.
	Decision       string          `json:"decision,omitempty"`
	DecisionGround string          `json:"decision_ground,omitempty"`
	Receipt        string          `json:"receipt,omitempty"`
	Objections     []ObjectionView `json:"objections"`
	Position       ledger.Position `json:"position"`
}

// ObjectionView is what the payer has against an order, with the answer.
type ObjectionView struct {
	Text         string    `json:"text"`
	By           string    `json:"by"`
	At           time.Time `json:"at"`
	Late         bool      `json:"late"`
	Answer       string    `json:"answer,omitempty"`
	AnswerGround string    `json:"answer_ground,omitempty"`
	Upheld       bool      `json:"upheld"`
	AnsweredBy   string    `json:"answered_by,omitempty"`
	AnsweredAt   time.Time `json:"answered_at,omitzero"`
}

// Orders lists the orders on a payer, or, without one, those that wait in an office or region.
func (s *Service) Orders(ctx context.Context, c Caller, f order.Filter, cursor string,
	limit int, r Read) (Page[OrderView], error) {
	page := Page[OrderView]{Items: []OrderView{}}
	action, kind := auth.ListOrders, auth.KindOffice
	if f.Payer = control.NormalizeUNP(f.Payer); f.Payer != "" {
		action, kind = auth.ReadOrders, auth.KindPayer
	}
	if err := allow(c, action, kind, f.Payer); err != nil {
		return page, err
	}
	if err := s.await(ctx, projectionOrder, r.AtLeast); err != nil {
		return page, err
	}
	list, err := s.models.Order.List(ctx, f, cursor, limit)
	if err != nil {
		return page, found(err, never)
	}
	page.Next, page.Position = list.Next, list.Position
	for _, o := range list.Items {
		v, err := s.viewOrder(ctx, o.Payer, &o.Order)
		if err != nil {
			return page, err
		}
		page.Items = append(page.Items, v)
	}
	return page, nil
}

// orderTextMax bounds what is read of a text; commands take no longer ones.
const orderTextMax = 1 << 16

// text reads what officers and payers wrote, which the archive keeps encrypted.
func (s *Service) text(ctx context.Context, name ledger.Hash) (string, error) {
	if name.IsZero() {
		return "", nil
	}
	content, err := s.bus.Archive.Open(ctx, name)
	if err != nil {
		return "", err
	}
	defer content.Close() //nolint:errcheck // only read
	b, err := io.ReadAll(io.LimitReader(content, orderTextMax))
	if err != nil {
		return "", fmt.Errorf("read an archived text: %w", err)
	}
	return string(b), nil
}

func (s *Service) viewOrder(ctx context.Context, payer string, o *account.Order,
) (v OrderView, err error) {
	v = OrderView{Order: o.CorrectionProposed.Order, Payer: payer, Office: o.Office,
		State: string(o.State), Documents: o.Documents, Ground: o.Ground,
		ProposedBy: o.ProposedBy, ProposedAt: o.ProposedAt, ObjectUntil: o.ObjectUntil,
		DecidedBy: o.DecidedBy, DecidedAt: o.DecidedAt, Receipt: o.Receipt,
		DecisionGround: o.DecisionGround,
		Objections:     []ObjectionView{}, Position: o.Position}
	read := func(name ledger.Hash) (text string) {
		if err == nil {
			text, err = s.text(ctx, name)
		}
		return text
	}
	v.Reason, v.Decision = read(o.Reason), read(o.Decision)
	for _, x := range o.Objections {
		v.Objections = append(v.Objections, ObjectionView{Text: read(x.Text), By: x.By, At: x.At,
			Late: x.Late, Answer: read(x.Answer), AnswerGround: x.AnswerGround, Upheld: x.Upheld,
			AnsweredBy: x.AnsweredBy, AnsweredAt: x.AnsweredAt})
	}
	return v, err
}

// Proposal is what an officer orders: a file of corrections, or one that is made from the
// versions in force.
type Proposal struct {
	Payer   string
	Content []byte // nil where Make is given
	Make    *Correction
	Ground  string
	Reason  string
	Preview ledger.Hash
}

// content gives the file of a proposal and its payer.
func (s *Service) content(ctx context.Context, in Proposal) ([]byte, string, error) {
	if in.Make == nil {
		return in.Content, control.NormalizeUNP(in.Payer), nil
	}
	m, err := s.make(ctx, *in.Make)
	if err == nil && m.payer != control.NormalizeUNP(in.Payer) {
		err = refuse(commands.Invalid, "payer_other", "the correction is about another payer")
	}
	return m.content, m.payer, err
}

// PreviewProposal tells what an order would do, before it is proposed.
func (s *Service) PreviewProposal(ctx context.Context, c Caller, in Proposal,
	each func(control.Finding) error) (PreviewView, error) {
	if err := allow(c, auth.PrepareOrder, auth.KindPayer, in.Payer); err != nil {
		return PreviewView{}, err
	}
	content, payer, err := s.content(ctx, in)
	if err != nil {
		return PreviewView{}, err
	}
	return s.Preview(ctx, c, Submission{Payer: payer, Content: bytes.NewReader(content),
		AllOrNothing: true}, each)
}

// ProposeOrder lays an order before a second officer and before the payer.
func (s *Service) ProposeOrder(ctx context.Context, c Caller, in Proposal,
) (Answer[OrderView], error) {
	var none Answer[OrderView]
	if err := allow(c, auth.PrepareOrder, auth.KindPayer, in.Payer); err != nil {
		return none, err
	}
	content, payer, err := s.content(ctx, in)
	if err != nil {
		return none, err
	}
	id, _, err := s.bus.ProposeCorrection(ctx, commands.ProposeCorrection{Actor: c,
		Ground: in.Ground, Payer: payer, Reason: in.Reason, Preview: in.Preview,
		Content: bytes.NewReader(content)})
	if err != nil {
		return none, s.withPreview(ctx, c, payer, err)
	}
	return s.readOrder(ctx, payer, id)
}

// readOrder gives an order as the ledger has it now.
func (s *Service) readOrder(ctx context.Context, payer string, id uuid.UUID,
) (Answer[OrderView], error) {
	var none Answer[OrderView]
	head, err := s.log.Head(ctx)
	if err != nil {
		return none, err
	}
	fold, err := s.foldPayer(ctx, payer, head)
	if err != nil {
		return none, err
	}
	o := fold.Order(id)
	if o == nil {
		return none, refuse(commands.NotFound, "order_unknown",
			"the payer has no such order: list the orders")
	}
	v, err := s.viewOrder(ctx, payer, o)
	if err != nil {
		return none, err
	}
	return answer(ctx, s, v, head)
}

// Order gives one order.
func (s *Service) Order(ctx context.Context, c Caller, payer string, id uuid.UUID,
) (Answer[OrderView], error) {
	payer = control.NormalizeUNP(payer)
	if err := allow(c, auth.ReadOrders, auth.KindPayer, payer); err != nil {
		return Answer[OrderView]{}, err
	}
	return s.readOrder(ctx, payer, id)
}

// PreviewOrder tells what an order would do now.
func (s *Service) PreviewOrder(ctx context.Context, c Caller, payer string, id uuid.UUID,
) (PreviewView, []control.Finding, error) {
	payer = control.NormalizeUNP(payer)
	if err := allow(c, auth.ReadOrders, auth.KindPayer, payer); err != nil {
		return PreviewView{}, nil, err
	}
	head, err := s.log.Head(ctx)
	if err != nil {
		return PreviewView{}, nil, err
	}
	p, findings, err := s.bus.PreviewOrder(ctx, c, payer, id)
	return viewPreview(c, payer, p, head), findings, err
}

// OrderStep is one step on an order.
type OrderStep struct {
	Payer  string
	Order  uuid.UUID
	Ground string
	Text   string // reason, objection or answer
	Upheld bool   // of an answer
}

func (in OrderStep) by(c Caller) commands.OnOrder {
	return commands.OnOrder{Actor: c, Ground: in.Ground,
		Payer: control.NormalizeUNP(in.Payer), Order: in.Order, Text: in.Text}
}

// ApproveOrder has an order carried out, as its preview of the token shows.
func (s *Service) ApproveOrder(ctx context.Context, c Caller, in OrderStep, token ledger.Hash,
) (Answer[FilingReceipt], error) {
	if err := allow(c, auth.DecideOrder, auth.KindPayer, in.Payer); err != nil {
		return Answer[FilingReceipt]{}, err
	}
	on := in.by(c)
	r, err := s.bus.ApproveCorrection(ctx, on, token)
	if err != nil {
		return Answer[FilingReceipt]{}, s.withPreview(ctx, c, on.Payer, err)
	}
	return receiptOf(r), nil
}

// DeclineOrder ends an order that is not carried out.
func (s *Service) DeclineOrder(ctx context.Context, c Caller, in OrderStep,
) (Answer[OrderView], error) {
	return s.step(ctx, c, auth.DecideOrder, in, s.bus.DeclineCorrection)
}

// ObjectToOrder records what the payer has against an order.
func (s *Service) ObjectToOrder(ctx context.Context, c Caller, in OrderStep,
) (Answer[OrderView], error) {
	return s.step(ctx, c, auth.ObjectToOrder, in, s.bus.ObjectToCorrection)
}

// AnswerObjection decides on the payer's objection.
func (s *Service) AnswerObjection(ctx context.Context, c Caller, in OrderStep,
) (Answer[OrderView], error) {
	return s.step(ctx, c, auth.DecideOrder, in,
		func(ctx context.Context, on commands.OnOrder) (ledger.Position, error) {
			return s.bus.AnswerObjection(ctx, on, in.Upheld)
		})
}

func (s *Service) step(ctx context.Context, c Caller, a auth.Action, in OrderStep,
	do func(context.Context, commands.OnOrder) (ledger.Position, error),
) (Answer[OrderView], error) {
	if err := allow(c, a, auth.KindPayer, in.Payer); err != nil {
		return Answer[OrderView]{}, err
	}
	on := in.by(c)
	if _, err := do(ctx, on); err != nil {
		return Answer[OrderView]{}, err
	}
	return s.readOrder(ctx, on.Payer, in.Order)
}
