package commands_test

import (
	"bytes"
	"crypto/sha256"
	"io"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/commands"
	"github.com/stazh/stazh/commands/intake/control"
	"github.com/stazh/stazh/commands/intake/document"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/period"
)

// ordered is a payer with one report, and a file that corrects it.
type orderedKit struct {
	*kit
	worker  worker
	content []byte
}

func newOrdered(t *testing.T) *orderedKit {
	t.Helper()
	k := &orderedKit{kit: newKit(t, nil), worker: workerNo(t, 0)}
	k.file(report(t, pack(document.PU1), registration(k.worker)))
	k.file(report(t, pack(document.PU2), hire(k.worker, "2018-01-01")))
	k.file(report(t, pack(document.PU3), quarter(k.worker, "500.00")))
	d := quarter(k.worker, "600.00")
	d.Type = document.Correction
	k.content = report(t, pack(document.PU3), d)
	return k
}

// token is that of the order's preview now.
func (k *orderedKit) token() ledger.Hash {
	k.t.Helper()
	p, err := k.bus.PreviewReport(k.t.Context(), commands.CheckReport{Actor: ivanova, Payer: unp,
		Content: bytes.NewReader(k.content), SHA256: sha256.Sum256(k.content), AllOrNothing: true},
		func(control.Finding) error { return nil })
	require.NoError(k.t, err)
	return p.Token
}

func (k *orderedKit) propose() uuid.UUID {
	k.t.Helper()
	order, _, err := k.bus.ProposeCorrection(k.t.Context(), commands.ProposeCorrection{
		Actor: ivanova, Ground: "act 1, article 2", Payer: unp, Reason: "the inspection found it",
		Content: bytes.NewReader(k.content), Preview: k.token()})
	require.NoError(k.t, err)
	return order
}

func (k *orderedKit) approve(by ledger.Actor, order uuid.UUID) (commands.Receipt, error) {
	return k.bus.ApproveCorrection(k.t.Context(), k.on(by, order, "the act proves it"), k.token())
}

// on is a decision on an order with its reason and ground.
func (*orderedKit) on(by ledger.Actor, order uuid.UUID, why string) commands.OnOrder {
	return commands.OnOrder{Actor: by, Payer: unp, Order: order, Text: why,
		Ground: "act 1, article 3"}
}

func (k *orderedKit) order(id uuid.UUID) account.Order {
	k.t.Helper()
	payer, _ := k.payer(unp)
	o := payer.Order(id)
	require.NotNil(k.t, o)
	return *o
}

func refusedAs(t *testing.T, err error, code string) {
	t.Helper()
	var refusal *commands.Error
	require.ErrorAs(t, err, &refusal)
	require.Equal(t, code, refusal.Code)
}

// An order goes through two officers, and its filing says who, why and on what ground.
func TestOrderIsCarriedOutByTwoOfficers(t *testing.T) {
	t.Parallel()
	k := newOrdered(t)
	order := k.propose()
	require.Equal(t, order, k.propose(), "the same order finds itself")
	o := k.order(order)
	require.Equal(t, account.OrderProposed, o.State)
	require.Equal(t, period.MustDate("2018-04-23"), o.ObjectUntil, "ten days end on a Sunday")
	require.Equal(t, "602", o.Office)

	_, err := k.approve(ivanova, order)
	refusedAs(t, err, "SPF-905")
	receipt, err := k.approve(petrova, order)
	require.NoError(t, err)
	require.NoError(t, k.bus.ProcessFiling(t.Context(), unp, receipt.Filing))
	f := k.filing(receipt)
	require.Equal(t, commands.ChannelExOfficio, f.Channel)
	require.Equal(t, 1, f.Processed.Accepted)
	require.Equal(t, petrova, f.Actor)
	p := k.person(k.worker.number)
	require.Equal(t, amount("600.00"), p.Slots()[0].Months[0].Earnings)
	require.Equal(t, receipt.Number, p.Slots()[0].Receipt)
	for e, err := range k.log.ReadStreams(t.Context(), ledger.PersonStream(p.ID)) {
		require.NoError(t, err)
		if e.Meta.Correlation == receipt.Filing {
			require.Equal(t, "act 1, article 2", e.Meta.Ground)
			require.Equal(t, petrova, e.Meta.Actor)
		}
	}
	o = k.order(order)
	require.Equal(t, account.OrderApproved, o.State)
	require.Equal(t, "petrova", o.DecidedBy)
	require.Equal(t, "act 1, article 3", o.DecisionGround)
	require.Equal(t, "the act proves it", k.text(o.Decision))
	require.Equal(t, receipt.Number, o.Receipt)

	again, err := k.approve(petrova, order)
	require.NoError(t, err, "the approval again finds itself")
	require.Equal(t, receipt.Number, again.Number)
	_, err = k.bus.DeclineCorrection(t.Context(), k.on(petrova, order, "no"))
	refusedAs(t, err, "order_decided")
}

// What the approving officer has not seen is not decided on.
func TestOrderIsApprovedOnlyAsItIsShown(t *testing.T) {
	t.Parallel()
	k := newOrdered(t)
	token := k.token()
	order := k.propose()
	require.Equal(t, token, k.token(), "an order itself changes no account")
	k.file(k.corrected()) // by the payer itself
	_, err := k.bus.ApproveCorrection(t.Context(), k.on(petrova, order, "seen"), token)
	var stale *commands.StalePreviewError
	require.ErrorAs(t, err, &stale)
	require.Equal(t, k.token(), stale.Preview.Token)
	_, err = k.bus.ApproveCorrection(t.Context(), k.on(petrova, order, "seen"), ledger.Hash{})
	refusedAs(t, err, "preview_missing")
	_, err = k.approve(petrova, order)
	require.NoError(t, err)
}

// Whoever answered an objection that was not upheld leaves the approval to another officer.
func TestWhoAnsweredDoesNotApprove(t *testing.T) {
	t.Parallel()
	k := newOrdered(t)
	order := k.propose()
	_, err := k.bus.ObjectToCorrection(t.Context(), commands.OnOrder{Actor: clerk, Payer: unp,
		Order: order, Text: "we paid 500.00"})
	require.NoError(t, err)
	_, err = k.bus.AnswerObjection(t.Context(), k.on(petrova, order, "considered"), false)
	require.NoError(t, err)
	_, err = k.approve(petrova, order)
	refusedAs(t, err, "SPF-905")
	_, err = k.approve(sidorova, order)
	require.NoError(t, err)
	require.Equal(t, account.OrderApproved, k.order(order).State)
}

// The payer is heard: an open objection holds the order up, an upheld one ends it.
func TestObjectionIsAnsweredFirst(t *testing.T) {
	t.Parallel()
	k := newOrdered(t)
	order := k.propose()
	object := func(text string) error {
		_, err := k.bus.ObjectToCorrection(t.Context(), commands.OnOrder{Actor: clerk,
			Payer: unp, Order: order, Text: text})
		return err
	}
	answer := func(by ledger.Actor, upheld bool) error {
		_, err := k.bus.AnswerObjection(t.Context(), k.on(by, order, "considered"), upheld)
		return err
	}
	refusedAs(t, object(" "), "reason_missing")
	refusedAs(t, answer(petrova, true), "objection_missing")
	require.NoError(t, object("we paid 500.00"))
	require.NoError(t, object("we paid 500.00"), "the same again is recorded")
	refusedAs(t, object("another"), "objection_open")
	_, err := k.approve(petrova, order)
	refusedAs(t, err, "objection_open")
	refusedAs(t, answer(ivanova, false), "SPF-905")
	require.NoError(t, answer(petrova, false))
	require.False(t, k.order(order).Objections[0].Late)
	_, err = k.approve(petrova, order)
	refusedAs(t, err, "SPF-905") // she has answered

	*k.now = k.now.Add(12 * 24 * time.Hour)
	require.NoError(t, object("and once more"))
	require.True(t, k.order(order).Objections[1].Late)
	require.NoError(t, answer(petrova, true))
	_, err = k.approve(sidorova, order)
	refusedAs(t, err, "objection_upheld")
	_, err = k.bus.DeclineCorrection(t.Context(), k.on(petrova, order, "upheld"))
	require.NoError(t, err)
	require.Equal(t, account.OrderDeclined, k.order(order).State)
	refusedAs(t, object("late"), "order_decided")
	require.Equal(t, amount("500.00"), k.person(k.worker.number).Slots()[0].Months[0].Earnings)
}

// After it was carried out, the payer may still object.
func TestObjectionAfterwards(t *testing.T) {
	t.Parallel()
	k := newOrdered(t)
	order := k.propose()
	receipt, err := k.approve(petrova, order)
	require.NoError(t, err)
	require.NoError(t, k.bus.ProcessFiling(t.Context(), unp, receipt.Filing))
	_, err = k.bus.ObjectToCorrection(t.Context(), commands.OnOrder{Actor: clerk, Payer: unp,
		Order: order, Text: "it was 500.00"})
	require.NoError(t, err)
	_, err = k.bus.AnswerObjection(t.Context(), k.on(petrova, order, "right"), true)
	refusedAs(t, err, "SPF-905") // she has approved it herself
	_, err = k.bus.AnswerObjection(t.Context(), k.on(sidorova, order, "right"), true)
	require.NoError(t, err)
	o := k.order(order)
	require.True(t, o.Upheld())
	require.Equal(t, account.OrderApproved, o.State, "another order puts it right")
}

// What was declined may be proposed again, by whoever finds a better reason. An open order
// belongs to the officer who proposed it.
func TestDeclinedOrderIsProposedAgain(t *testing.T) {
	t.Parallel()
	k := newOrdered(t)
	first := k.propose()
	_, _, err := k.bus.ProposeCorrection(t.Context(), commands.ProposeCorrection{
		Actor: petrova, Ground: "act 1", Payer: unp, Reason: "found again",
		Content: bytes.NewReader(k.content), Preview: k.token()})
	refusedAs(t, err, "order_open")
	_, err = k.bus.DeclineCorrection(t.Context(), k.on(petrova, first, "not proved"))
	require.NoError(t, err)

	second := k.propose()
	require.NotEqual(t, first, second)
	require.Equal(t, second, k.propose())
	require.Equal(t, account.OrderDeclined, k.order(first).State)
	require.Equal(t, account.OrderProposed, k.order(second).State)
	receipt, err := k.approve(petrova, second)
	require.NoError(t, err)
	require.NoError(t, k.bus.ProcessFiling(t.Context(), unp, receipt.Filing))
	require.Equal(t, amount("600.00"), k.person(k.worker.number).Slots()[0].Months[0].Earnings)
}

func TestOrderNeedsReascitesGroundAndGoodDocuments(t *testing.T) {
	t.Parallel()
	k := newOrdered(t)
	c := commands.ProposeCorrection{Actor: ivanova, Ground: "act", Payer: unp, Reason: "why",
		Preview: k.token()}
	for code, spoil := range map[string]func(*commands.ProposeCorrection){
		"ground_missing":  func(c *commands.ProposeCorrection) { c.Ground = "" },
		"reason_missing":  func(c *commands.ProposeCorrection) { c.Reason = "" },
		"preview_missing": func(c *commands.ProposeCorrection) { c.Preview = ledger.Hash{} },
		"preview_stale":   func(c *commands.ProposeCorrection) { c.Preview[0]++ },
	} {
		bad := c
		spoil(&bad)
		bad.Content = bytes.NewReader(k.content)
		_, _, err := k.bus.ProposeCorrection(t.Context(), bad)
		refusedAs(t, err, code)
	}
	k.content = report(t, pack(document.PU3), quarter(k.worker, "600.00")) // a second original
	c.Preview, c.Content = k.token(), bytes.NewReader(k.content)
	_, _, err := k.bus.ProposeCorrection(t.Context(), c)
	refusedAs(t, err, "order_refused")
	_, err = k.bus.DeclineCorrection(t.Context(), k.on(petrova, uuid.UUID{1}, "x"))
	refusedAs(t, err, "order_unknown")
	require.Equal(t, event.Accepted, k.file(k.corrected()).Processed.Outcome)
}

// Every decision on an order needs a reason and an act, and says which field it lacks. What
// the payer says needs words only.
func TestDecisionsOnOrdersNeedReasonAndGround(t *testing.T) {
	t.Parallel()
	k := newOrdered(t)
	order := k.propose()
	object := commands.OnOrder{Actor: clerk, Payer: unp, Order: order, Text: "we paid 500.00"}
	_, err := k.bus.ObjectToCorrection(t.Context(), object)
	require.NoError(t, err)
	for name, decide := range map[string]func(commands.OnOrder) error{
		"approve": func(c commands.OnOrder) error {
			_, err := k.bus.ApproveCorrection(t.Context(), c, k.token())
			return err
		},
		"decline": func(c commands.OnOrder) error {
			_, err := k.bus.DeclineCorrection(t.Context(), c)
			return err
		},
		"answer": func(c commands.OnOrder) error {
			_, err := k.bus.AnswerObjection(t.Context(), c, false)
			return err
		},
	} {
		for field, c := range map[string]commands.OnOrder{
			"ground": {Actor: petrova, Payer: unp, Order: order, Text: "why", Ground: " "},
			"reason": {Actor: petrova, Payer: unp, Order: order, Ground: "act", Text: "\n"},
		} {
			var refusal *commands.Error
			require.ErrorAs(t, decide(c), &refusal, name)
			require.Equal(t, field+"_missing", refusal.Code, name)
			require.Equal(t, field, refusal.Field, name)
		}
	}
	o := k.order(order)
	require.Equal(t, account.OrderProposed, o.State)
	require.NotNil(t, o.Open())
}

// text reads what the archive keeps under a name.
func (k *kit) text(name ledger.Hash) string {
	k.t.Helper()
	content, err := k.bus.Archive.Open(k.t.Context(), name)
	require.NoError(k.t, err)
	defer content.Close() //nolint:errcheck // only read
	text, err := io.ReadAll(content)
	require.NoError(k.t, err)
	return string(text)
}

// corrected is the correction as the payer would file it.
func (k *orderedKit) corrected() []byte {
	d := quarter(k.worker, "650.00")
	d.Type = document.Correction
	return report(k.t, pack(document.PU3), d)
}
