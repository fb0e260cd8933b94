package reconciliation_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/ledger/reconciliation"
	"github.com/stazh/stazh/ledger/rules"
	"github.com/stazh/stazh/ledger/settlement"
)

// lawOf has contributions due on the 20th, and a penalty of 0.1 % a day.
func lawOf(t require.TestingT) *account.Law {
	law := account.NewLaw()
	for _, x := range [][2]string{{rules.ContributionDueDay, "20"}, {rules.PenaltyDivisor, "360"},
		{rules.RefinancingRate, "0.36"}} {
		require.NoError(t, law.Parameters.Publish(rules.Parameter{Name: x[0], Value: x[1],
			From: period.MustDate("1900-01-01"), Source: "test"}))
	}
	return law
}

// stream folds events of a payer, at positions from 1 on, recorded on the first of May 2018.
func stream(facts ...event.Payload) *account.Payer {
	p := account.NewPayer("200988541")
	for i, f := range facts {
		p.Apply(ledger.Event{Revision: ledger.Revision(i), Position: ledger.Position(i + 1),
			RecordedAt: time.Date(2018, 5, 1, 9, 0, 0, 0, time.UTC)}, f)
	}
	return p
}

func line(m reconciliation.Mismatch) string {
	text := fmt.Sprintf("%d-%d %s %s of %s, %d", m.Year, m.Quarter, m.Kind, m.ByPayer,
		m.ByAccounts, m.Opened.Position)
	if m.Closed != nil {
		text += fmt.Sprintf("-%d %s", m.Closed.Position, m.Closed.Type)
	}
	return text
}

func tell(list []reconciliation.Mismatch) (texts []string) {
	for _, m := range list {
		texts = append(texts, line(m))
	}
	return texts
}

func paid(ref, on, amount, kind string) *event.PaymentReceived {
	return &event.PaymentReceived{BankRef: ref, ValueDate: period.MustDate(on),
		Amount: money.MustParse(amount), Kind: kind}
}

// What penalty takes of a payment covers no contributions, and what one fund has too much
// covers no other: the check says what the balance says.
func TestPaidIsWhatTheSettlementSays(t *testing.T) {
	t.Parallel()
	january, may := period.MustMonth("2018-01"), period.MustMonth("2018-05")
	p := stream(
		&event.LiabilityAssessed{Month: january, Pension: 290_00, Social: 60_00}, // 1
		paid("a", "2018-02-20", "300.00", "pension"),                             // 2: 10.00 too much
		paid("b", "2018-03-02", "50.00", ""))                                     // 3: 10.00 are short
	at := func(on string) ([]string, []string) {
		b := settlement.Of(p, lawOf(t), period.MustDate(on))
		open, closed := reconciliation.Paid(p, &b)
		return tell(open), tell(closed)
	}
	open, closed := at("2018-03-02")
	require.Equal(t, []string{"2018-1 payments 340.00 of 350.00, 1"}, open)
	require.Empty(t, closed)

	// On 12 March the penalty has come to 0.60 + 0.10; 10.50 pay the 10.00 and 0.50 of it. Of
	// 9.90 on 20 June 0.20 go to the penalty, so that 0.30 of May's 10.00 are short.
	p = stream(
		&event.LiabilityAssessed{Month: january, Pension: 290_00, Social: 60_00},
		paid("a", "2018-02-20", "300.00", "pension"),
		paid("b", "2018-03-02", "50.00", ""),
		paid("c", "2018-03-12", "10.50", "social"),            // 4
		&event.OccupationalAssessed{Month: may, Amount: 5_00}, // 5
		&event.LiabilityAssessed{Month: may, Social: 10_00},   // 6
		paid("d", "2018-06-20", "9.90", "social"))
	open, closed = at("2018-06-20")
	require.Equal(t, []string{"2018-2 payments 359.70 of 360.00, 6",
		"2018-2 occupational_payments 0.00 of 5.00, 6"}, open)
	require.Equal(t, []string{"2018-1 payments 340.00 of 350.00, 1-4 payment.received.v1"}, closed)
}

// Of any payments, what is unpaid of a year's last quarter is what the balance has unpaid for
// the year's months; and a difference is explained as it stands.
func TestPaidAddsUpToTheBalance(t *testing.T) {
	t.Parallel()
	law := lawOf(t)
	rapid.Check(t, func(t *rapid.T) {
		var facts []event.Payload
		for n := range rapid.IntRange(1, 30).Draw(t, "facts") {
			m := period.MustMonth("2018-01").Add(rapid.IntRange(0, 14).Draw(t, "month"))
			amount := money.Amount(rapid.Int64Range(-50, 9000).Draw(t, "amount"))
			switch rapid.IntRange(0, 3).Draw(t, "what") {
			case 0:
				facts = append(facts, &event.LiabilityAssessed{Month: m, Pension: amount,
					Social: amount / 5})
			case 1:
				facts = append(facts, &event.OccupationalAssessed{Month: m, Amount: amount})
			default:
				kind := rapid.SampledFrom([]string{"", "pension", "social",
					"occupational"}).Draw(t, "kind")
				x := paid(fmt.Sprint(n), "2018-01-01", "1.00", kind)
				x.ValueDate = x.ValueDate.AddDays(rapid.IntRange(0, 500).Draw(t, "day"))
				x.Amount = max(amount, 1)
				facts = append(facts, x)
			}
		}
		p := stream(facts...)
		b := settlement.Of(p, law, period.MustDate("2018-06-01").AddDays(
			rapid.IntRange(0, 500).Draw(t, "on")))
		open, closed := reconciliation.Paid(p, &b)
		var want, got money.Amount
		last := map[string]reconciliation.Mismatch{}
		for _, m := range open {
			last[fmt.Sprint(m.Year, m.Kind)] = m
			require.Negative(t, int64(m.Difference))
			require.Equal(t, m.ByPayer-m.ByAccounts, m.Difference)
			require.Positive(t, uint64(m.Opened.Position))
		}
		for _, m := range last {
			got -= m.Difference
		}
		for _, m := range b.Months {
			want += m.Unpaid
		}
		require.Equal(t, want, got)
		require.Equal(t, b.Arrears+b.Deferred+b.NotDue, want)
		for _, m := range closed {
			require.Greater(t, m.Closed.Position, m.Opened.Position)
			require.Negative(t, int64(m.Difference))
		}
	})
}
