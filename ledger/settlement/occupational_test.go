package settlement_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/ledger/settlement"
)

// TestOccupationalIsAFundOfItsOwn: its contributions are owed beside the others, and a
// payment for it goes to it alone.
func TestOccupationalIsAFundOfItsOwn(t *testing.T) {
	t.Parallel()
	months := quarter()
	months[0].Occupational = account.OccupationalLiability{Persons: 1, Earnings: 100_00,
		Amount: 9_00}
	b := settlement.Of(payer(months,
		payment("A", "2018-02-10", "12.00", event.FundOccupational, "")),
		lawOf(t), period.MustDate("2018-02-15"))
	require.Equal(t, []string{"2018-01 occupational 9.00"}, went(b.Payments[0]))
	require.Equal(t, "114.00", b.Assessed.String())
	require.Equal(t, "44.00", b.Months[0].Total.String())
	require.Len(t, b.Months[0].Parts, 3)
	require.Len(t, b.Months[1].Parts, 2)
	part := b.Months[0].Parts[2]
	require.Equal(t, event.FundOccupational, part.Fund)
	require.Equal(t, "9.00", part.Assessed.String())
	require.EqualValues(t, 9_00, part.Paid)
	require.EqualValues(t, 3_00, b.Overpaid(event.FundOccupational))
}
