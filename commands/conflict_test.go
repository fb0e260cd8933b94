package commands_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/commands"
	"github.com/stazh/stazh/commands/intake/document"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/logtest"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
)

// TestChunkIsDecidedAnewAfterAConflict makes another writer win the race for one of the
// payers once: the second decision must not take the first one's payments for recorded.
func TestChunkIsDecidedAnewAfterAConflict(t *testing.T) {
	t.Parallel()
	var faulty *logtest.Faulty
	k := newKit(t, func(l ledger.Log) ledger.Log {
		faulty = logtest.NewFaulty(l)
		return faulty
	})
	k.register(treasury, "501000001", "treasury")
	list := pack(document.Payments)
	list.UNP, list.FundNo = treasury, "501000001"
	var docs []document.Document
	for i := range 1400 { // two chunks
		docs = append(docs, document.Document{Type: document.Original,
			Payment: &document.Payment{BankRef: fmt.Sprint("b", i), PayerUNP: unp,
				ValueDate: period.MustDate("2018-03-20"), Amount: 100}})
	}
	lost := &ledger.WrongRevisionError{Stream: ledger.PayerStream(unp), Expected: 1, Actual: 2}
	faulty.FailAppend(1, lost) // after the arrival: the first chunk
	f := k.fileBy(treasury, report(t, list, docs...))
	require.Equal(t, 1400, f.Processed.Accepted, "%+v", f.Processed)
	payer, _ := k.payer(unp)
	require.Equal(t, money.MustParse("1400.00"), payer.Paid())
}

// crowded is a ledger in which somebody else always wins the race for one of many streams.
type crowded struct {
	ledger.Log
	most int // streams of an append that gets through
}

func (l *crowded) Append(ctx context.Context, batch ...ledger.StreamAppend,
) (ledger.Result, error) {
	if len(batch) > l.most {
		return ledger.Result{}, &ledger.WrongRevisionError{Stream: batch[0].Stream,
			Expected: batch[0].Expected, Actual: batch[0].Expected + 1}
	}
	return l.Log.Append(ctx, batch...)
}

// TestChunkGetsThroughInPartsWhereManyWrite: a chunk that loses each race as a whole, as
// lists of payments do on a busy day, is recorded in parts, each document once.
func TestChunkGetsThroughInPartsWhereManyWrite(t *testing.T) {
	t.Parallel()
	k := newKit(t, func(l ledger.Log) ledger.Log { return &crowded{l, 12} })
	var docs []document.Document
	for i := range 60 {
		docs = append(docs, registration(workerNo(t, i)))
	}
	f := k.file(report(t, pack(document.PU1), docs...))
	require.Equal(t, 60, f.Processed.Accepted, "%+v", f.Processed)
	require.Equal(t, 60, f.Posted)
	for i := range 60 {
		require.True(t, k.person(workerNo(t, i).number).Registered)
	}
}

// TestRepeatedReferenceIsFoundAfterAnInterruption ends the process between the chunks of
// a list of payments whose last line repeats the reference of the first one for another
// payer: it is refused as it would have been without the interruption.
func TestRepeatedReferenceIsFoundAfterAnInterruption(t *testing.T) {
	t.Parallel()
	var faulty *logtest.Faulty
	k := newKit(t, func(l ledger.Log) ledger.Log {
		faulty = logtest.NewFaulty(l)
		return faulty
	})
	k.register(treasury, "501000001", "treasury")
	k.register("MA1953684", "602000018", "employer")
	list := pack(document.Payments)
	list.UNP, list.FundNo = treasury, "501000001"
	var docs []document.Document
	for i := range 1401 {
		pay := &document.Payment{BankRef: fmt.Sprint("b", i%1400), PayerUNP: unp,
			ValueDate: period.MustDate("2018-03-20"), Amount: 100}
		if i == 1400 {
			pay.PayerUNP = "MA1953684"
		}
		docs = append(docs, document.Document{Type: document.Original, Payment: pay})
	}
	r := k.receive(treasury, report(t, list, docs...))
	faulty.FailAppend(1, errKilled) // the first chunk is recorded
	require.ErrorIs(t, k.bus.ProcessFiling(t.Context(), treasury, r.Filing), errKilled)
	require.Equal(t, 1000, k.filing(r).Posted)
	require.NoError(t, k.bus.ProcessFiling(t.Context(), treasury, r.Filing))
	f := k.filing(r)
	require.Equal(t, 1400, f.Processed.Accepted)
	require.Equal(t, 1, f.Processed.Rejected)
}

// forestalled is a ledger to which somebody else adds just before the next append.
type forestalled struct {
	ledger.Log
	first func()
}

func (l *forestalled) Append(ctx context.Context, batch ...ledger.StreamAppend,
) (ledger.Result, error) {
	if first := l.first; first != nil {
		l.first = nil
		first()
	}
	return l.Log.Append(ctx, batch...)
}

// TestTwoOfficersDecideAtTheSameMoment: the decision of the second, in another process and on
// the very state that the first has seen, is not taken for a repetition of the first's.
func TestTwoOfficersDecideAtTheSameMoment(t *testing.T) {
	t.Parallel()
	var log *forestalled
	k := newKit(t, func(l ledger.Log) ledger.Log {
		log = &forestalled{Log: l}
		return log
	})
	ctx := t.Context()
	waiver, _, err := k.bus.ProposePenaltyWaiver(ctx, commands.ProposePenaltyWaiver{
		Actor: keeper, Ground: "Decree 1", Payer: unp, From: period.MustDate("2018-03-01"),
		Until: period.MustDate("2018-03-31"), Reason: "flood"})
	require.NoError(t, err)
	elsewhere := &commands.Bus{Log: log.Log, Keys: k.bus.Keys, Archive: k.bus.Archive,
		Law: commands.NewLawbook(log.Log, k.bus.Clock), Clock: k.bus.Clock, Logger: k.bus.Logger}
	log.first = func() {
		_, err := elsewhere.ApproveProposal(ctx, commands.DecideProposal{Actor: decider,
			Payer: unp, Proposal: waiver, Reason: "checked", Ground: "Decree 1"})
		require.NoError(t, err)
	}
	_, err = k.bus.ApproveProposal(ctx, commands.DecideProposal{Actor: clerk, Payer: unp,
		Proposal: waiver, Reason: "checked", Ground: "Decree 1"})
	requireRefusal(t, err, commands.Conflict, "proposal_not_pending")
	payer, _ := k.payer(unp)
	require.Equal(t, decider.Subject, payer.Waivers[0].Proposal.Step(account.ProposalApproved).By)
}
