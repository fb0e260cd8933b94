package commands

import (
	"context"
	"io"
	"strings"

	"github.com/google/uuid"

	"github.com/stazh/stazh/commands/intake/control"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/ledger/rules"
)

// ChannelExOfficio is that of filings that carry out an order.
const ChannelExOfficio = "ex_officio"

// ProposeCorrection orders a correction of what a payer has reported, without the payer.
type ProposeCorrection struct {
	Actor   ledger.Actor
	Ground  string // act and article; needed
	Payer   string
	Reason  string // needed; it is archived
	Content io.Reader
	Preview ledger.Hash // token of what the officer saw; needed
}

// OnOrder says who does what to which order, and why.
type OnOrder struct {
	Actor  ledger.Actor
	Ground string
	Payer  string
	Order  uuid.UUID
	// Text is the reason of a decision, which needs a ground too, or the objection; it is
	// archived.
	Text string
}

// ProposeCorrection lays an order before a second officer, and before the payer, who may
// object. The same order again finds itself while it is open; the same of another officer is
// refused. What was declined may be proposed again.
func (b *Bus) ProposeCorrection(ctx context.Context, c ProposeCorrection,
) (order uuid.UUID, at ledger.Position, err error) {
	if err := grounded(c.Ground, c.Reason); err != nil {
		return order, 0, err
	}
	content, _, err := b.Archive.Put(ctx, c.Content)
	if err != nil {
		return order, 0, err
	}
	preview, err := b.stillOrdered(ctx, c.Actor, c.Payer, content, c.Preview)
	if err != nil {
		return order, 0, err
	}
	if preview.Outcome == event.Refused {
		return order, 0, refuse(Invalid, "order_refused",
			"the control rules refuse these documents: look at the preview and mend them")
	}
	reason, err := b.archiveText(ctx, c.Reason)
	if err != nil {
		return order, 0, err
	}
	until, err := b.objectUntil(ctx)
	if err != nil {
		return order, 0, err
	}
	folds, err := b.payer(ctx, c.Payer)
	if err != nil {
		return order, 0, err
	}
	order = orderFor(folds.payer, content)
	fact := &event.CorrectionProposed{Order: order, Reason: reason, Content: content,
		Documents: preview.Documents, Preview: c.Preview, ObjectUntil: until}
	at, err = b.onOrders(ctx, c.Payer, ledger.Meta{Actor: c.Actor, Ground: c.Ground,
		Correlation: order}, func(folds *payerFolds) ([]event.Payload, error) {
		switch o := folds.payer.Order(order); {
		case o == nil:
			return []event.Payload{fact}, nil
		case o.State == account.OrderProposed && o.ProposedBy == c.Actor.Subject:
			return nil, nil
		}
		return nil, refuse(Conflict, "order_open",
			"order %s has these very documents: decide on it first", order)
	})
	return order, at, err
}

// orderFor gives the id of an order of the documents: that of the open one, or of the next.
func orderFor(payer *account.Payer, content ledger.Hash) uuid.UUID {
	closed := 0
	for i := range payer.Orders {
		o := &payer.Orders[i]
		switch {
		case o.Content != content:
		case o.State == account.OrderProposed:
			return o.Order
		default:
			closed++
		}
	}
	return ledger.DeterministicID("order", payer.UNP, content.String(), closed)
}

func (b *Bus) archiveText(ctx context.Context, text string) (ledger.Hash, error) {
	name, _, err := b.Archive.Put(ctx, strings.NewReader(text))
	return name, err
}

// objectUntil gives the last day for the payer to object to what is proposed today; null
// when the law sets no term.
func (b *Bus) objectUntil(ctx context.Context) (period.Date, error) {
	law, err := b.Law.Current(ctx)
	if err != nil {
		return 0, err
	}
	until, err := law.TermEnds(rules.CorrectionObjectionDays, FundDate(b.Clock()))
	if _, isMissing := missing(err); isMissing {
		return 0, nil
	}
	return until, err
}

// stillOrdered previews the file of an order, and refuses a token that is not its one now.
func (b *Bus) stillOrdered(ctx context.Context, by ledger.Actor, payer string,
	content, token ledger.Hash) (Preview, error) {
	if token.IsZero() {
		return Preview{}, refuse(Invalid, "preview_missing",
			"give the token of the preview: a correction is decided on only as it was shown")
	}
	preview, findings, err := b.previewArchived(ctx, by, payer, content)
	if err != nil {
		return Preview{}, err
	}
	if preview.Earlier != "" {
		return Preview{}, refuse(Conflict, "order_filed",
			"these documents are filed already, receipt %s", preview.Earlier)
	}
	if preview.Token != token {
		return Preview{}, staleError(preview, findings)
	}
	return preview, nil
}

// PreviewOrder tells what an order would do now.
func (b *Bus) PreviewOrder(ctx context.Context, by ledger.Actor, payer string, order uuid.UUID,
) (Preview, []control.Finding, error) {
	folds, err := b.payer(ctx, payer)
	if err != nil {
		return Preview{}, nil, err
	}
	o, err := orderOf(folds, order)
	if err != nil {
		return Preview{}, nil, err
	}
	return b.previewArchived(ctx, by, payer, o.Content)
}

// orderWhole: the documents of an order are taken all or none.
const orderWhole = true

func (b *Bus) previewArchived(ctx context.Context, by ledger.Actor, payer string,
	content ledger.Hash) (Preview, []control.Finding, error) {
	return b.previewOf(ctx, CheckReport{Actor: by, Payer: payer, SHA256: content,
		AllOrNothing: orderWhole})
}

// ApproveCorrection has an order carried out, by an officer who did not propose it and has
// seen what it would do now. Its file is received as a filing of the payer, on the ground of
// the order.
func (b *Bus) ApproveCorrection(ctx context.Context, c OnOrder, token ledger.Hash,
) (Receipt, error) {
	if err := grounded(c.Ground, c.Text); err != nil {
		return Receipt{}, err
	}
	folds, err := b.payer(ctx, c.Payer)
	if err != nil {
		return Receipt{}, err
	}
	o, err := orderOf(folds, c.Order)
	if err != nil {
		return Receipt{}, err
	}
	if o.State == account.OrderApproved && o.DecidedBy == c.Actor.Subject {
		filing, _ := folds.filings.ByReceipt(o.Receipt)
		return receiptOf(c.Payer, filing), nil
	}
	if err := approvable(o, c.Actor); err != nil {
		return Receipt{}, err
	}
	content := o.Content
	if _, err := b.stillOrdered(ctx, c.Actor, c.Payer, content, token); err != nil {
		return Receipt{}, err
	}
	receipt, err := b.carryOut(ctx, c, content, token)
	if err != nil {
		return Receipt{}, err
	}
	if folds, err = b.payer(ctx, c.Payer); err != nil {
		return Receipt{}, err
	}
	filing, _ := folds.filings.Filing(receipt.Filing)
	return receiptOf(c.Payer, filing), nil
}

// carryOut records the approval of an order and the arrival of its file.
func (b *Bus) carryOut(ctx context.Context, c OnOrder, content, token ledger.Hash,
) (receipt Receipt, err error) {
	size, err := b.sizeOf(ctx, content)
	if err != nil {
		return Receipt{}, err
	}
	reason, err := b.archiveText(ctx, c.Text)
	if err != nil {
		return Receipt{}, err
	}
	_, err = b.onOrders(ctx, c.Payer, ledger.Meta{Actor: c.Actor, Ground: c.Ground,
		Correlation: c.Order, Source: content}, func(folds *payerFolds) ([]event.Payload, error) {
		o, err := orderOf(folds, c.Order)
		if err == nil {
			err = approvable(o, c.Actor)
		}
		if err != nil {
			return nil, err
		}
		fact, earlier, err := decideReceiveFiling(folds.filings, ReceiveFiling{
			Payer: c.Payer, Channel: ChannelExOfficio, AllOrNothing: orderWhole,
			Preview: token}, content, size)
		if err != nil {
			return nil, err
		}
		if earlier != nil {
			return nil, refuse(Conflict, "order_filed",
				"these documents are filed already, receipt %s", earlier.Receipt)
		}
		receipt = Receipt{Filing: fact.Filing, Number: fact.Receipt, Payer: c.Payer,
			SHA256: content, Bytes: size}
		return []event.Payload{&event.CorrectionApproved{Order: c.Order, Filing: fact.Filing,
			Receipt: fact.Receipt, Preview: token, Reason: reason}, fact}, nil
	})
	return receipt, err
}

func (b *Bus) sizeOf(ctx context.Context, content ledger.Hash) (int64, error) {
	file, err := b.Archive.Open(ctx, content)
	if err != nil {
		return 0, err
	}
	return file.Size(), file.Close()
}

// approvable refuses an approval, in the order in which an officer would look.
func approvable(o *account.Order, by ledger.Actor) error {
	switch {
	case o.State != account.OrderProposed:
		return orderDecided(o)
	case o.ProposedBy == by.Subject:
		return refuse(Forbidden, "SPF-905",
			"who proposed may not approve: let another officer decide")
	case o.Answered(by.Subject):
		return refuse(Forbidden, "SPF-905",
			"who answered an objection may not approve: let another officer decide")
	case o.Open() != nil:
		return refuse(Conflict, "objection_open", "answer the payer's objection first")
	case o.Upheld():
		return refuse(Conflict, "objection_upheld",
			"the payer's objection was upheld: decline the order, or propose another one")
	}
	return nil
}

func orderDecided(o *account.Order) error {
	return refuse(Conflict, "order_decided", "the order is %s already", o.State)
}

func orderOf(folds *payerFolds, id uuid.UUID) (*account.Order, error) {
	if o := folds.payer.Order(id); o != nil {
		return o, nil
	}
	return nil, refuse(NotFound, "order_unknown",
		"the payer has no such order: list the orders")
}

// DeclineCorrection ends an order that is not carried out. The officer who proposed it may
// take it back so, too.
func (b *Bus) DeclineCorrection(ctx context.Context, c OnOrder) (ledger.Position, error) {
	if err := grounded(c.Ground, c.Text); err != nil {
		return 0, err
	}
	return b.onOrder(ctx, c, func(o *account.Order, text ledger.Hash) (event.Payload, error) {
		if o.State == account.OrderDeclined && o.Decision == text {
			return nil, nil
		}
		if o.State != account.OrderProposed {
			return nil, orderDecided(o)
		}
		return &event.CorrectionDeclined{Order: c.Order, Reason: text}, nil
	})
}

// ObjectToCorrection records what the payer has against an order, in time or late, before it
// is carried out or afterwards.
func (b *Bus) ObjectToCorrection(ctx context.Context, c OnOrder) (ledger.Position, error) {
	if err := said(fieldText, c.Text); err != nil {
		return 0, err
	}
	today := FundDate(b.Clock())
	return b.onOrder(ctx, c, func(o *account.Order, text ledger.Hash) (event.Payload, error) {
		if x := o.Open(); x != nil {
			if x.Text == text {
				return nil, nil
			}
			return nil, refuse(Conflict, "objection_open",
				"an objection waits for its answer already")
		}
		if o.State == account.OrderDeclined {
			return nil, orderDecided(o)
		}
		late := !o.ObjectUntil.IsZero() && today > o.ObjectUntil
		return &event.CorrectionObjected{Order: c.Order, Text: text, Late: late}, nil
	})
}

// AnswerObjection decides on the payer's objection, by an officer who has neither proposed
// nor approved the order.
func (b *Bus) AnswerObjection(ctx context.Context, c OnOrder, upheld bool,
) (ledger.Position, error) {
	if err := grounded(c.Ground, c.Text); err != nil {
		return 0, err
	}
	return b.onOrder(ctx, c, func(o *account.Order, text ledger.Hash) (event.Payload, error) {
		if o.ProposedBy == c.Actor.Subject || o.ApprovedBy() == c.Actor.Subject {
			return nil, refuse(Forbidden, "SPF-905",
				"who proposed or approved the order may not answer the objection: let another "+
					"officer decide")
		}
		if o.Open() == nil {
			return nil, refuse(Conflict, "objection_missing", "no objection waits for an answer")
		}
		return &event.ObjectionAnswered{Order: c.Order, Upheld: upheld, Text: text}, nil
	})
}
