package commands_test

import (
	"context"
	"iter"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/commands"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/logtest"
	"github.com/stazh/stazh/ledger/period"
)

// counted counts what is asked of a log.
type counted struct {
	ledger.Log
	reads atomic.Int32
}

func (l *counted) ReadStreams(ctx context.Context, streams ...ledger.StreamID,
) iter.Seq2[ledger.Event, error] {
	l.reads.Add(1)
	return l.Log.ReadStreams(ctx, streams...)
}

var shop = commands.RegisterPayer{Actor: clerk, UNP: "190000018", FundNo: "601000002",
	Name: "ЧТУП «Ромашка»", Kind: "employer", Since: period.MustDate("2018-02-01")}

// TestNewPayerIsRegisteredWithoutReading: the append alone decides whether it is new.
func TestNewPayerIsRegisteredWithoutReading(t *testing.T) {
	t.Parallel()
	var log *counted
	k := newKit(t, func(l ledger.Log) ledger.Log {
		log = &counted{Log: l}
		return log
	})
	first, err := k.bus.RegisterPayer(t.Context(), shop)
	require.NoError(t, err)
	require.Zero(t, log.reads.Load())
	require.False(t, first.Repeated)
	require.Equal(t, *k.now, first.RecordedAt)
	stored, _ := k.payer(shop.UNP)
	require.Equal(t, stored, first.Payer)

	again, err := k.bus.RegisterPayer(t.Context(), shop)
	require.NoError(t, err)
	require.True(t, again.Repeated)
	require.Equal(t, stored, again.Payer)

	other := shop
	other.Name = "ЧТУП «Лютик»"
	_, err = k.bus.RegisterPayer(t.Context(), other)
	requireRefusal(t, err, commands.Conflict, "payer_exists")
	now, _ := k.payer(shop.UNP)
	require.Equal(t, stored, now)
}

// TestPayerIsRegisteredAfterItsFirstFile: a stream may begin with something else.
func TestPayerIsRegisteredAfterItsFirstFile(t *testing.T) {
	t.Parallel()
	k := newKit(t, nil)
	_ = k.receive(shop.UNP, []byte("nothing that can be read"))
	r, err := k.bus.RegisterPayer(t.Context(), shop)
	require.NoError(t, err)
	require.False(t, r.Repeated)
	stored, _ := k.payer(shop.UNP)
	require.Equal(t, stored, r.Payer)
	require.EqualValues(t, 1, stored.Revision)
}

// TestOnlyOneOfTwoRegistrationsHolds: with different data, one of them is refused, however
// they meet.
func TestOnlyOneOfTwoRegistrationsHolds(t *testing.T) {
	t.Parallel()
	k := newKit(t, nil)
	names := []string{"А", "Б", "В", "Г"}
	results := make([]commands.RegisteredPayer, len(names))
	errs := make([]error, len(names))
	var group sync.WaitGroup
	for i, name := range names {
		group.Go(func() {
			c := shop
			c.Name = name
			results[i], errs[i] = k.bus.RegisterPayer(context.WithoutCancel(t.Context()), c)
		})
	}
	group.Wait()
	stored, _ := k.payer(shop.UNP)
	held := 0
	for i, name := range names {
		if errs[i] == nil {
			held++
			require.Equal(t, name, stored.Name)
			require.False(t, results[i].Repeated)
			continue
		}
		requireRefusal(t, errs[i], commands.Conflict, "payer_exists")
	}
	require.Equal(t, 1, held)
	require.EqualValues(t, 0, stored.Revision)
}

// TestRegistrationSurvivesAnUnknownOutcome: what was recorded without an answer is found.
func TestRegistrationSurvivesAnUnknownOutcome(t *testing.T) {
	t.Parallel()
	var faulty *logtest.Faulty
	k := newKit(t, func(l ledger.Log) ledger.Log {
		faulty = logtest.NewFaulty(l)
		return faulty
	})
	faulty.LoseAnswer(0)
	r, err := k.bus.RegisterPayer(t.Context(), shop)
	require.NoError(t, err)
	stored, _ := k.payer(shop.UNP)
	require.Equal(t, stored, r.Payer)
	require.EqualValues(t, 0, stored.Revision)
}

func requireRefusal(t *testing.T, err error, kind commands.Kind, code string) {
	t.Helper()
	var refusal *commands.Error
	require.ErrorAs(t, err, &refusal)
	require.Equal(t, kind, refusal.Kind)
	require.Equal(t, code, refusal.Code)
}
