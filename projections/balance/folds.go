package balance

import (
	"github.com/jackc/pgx/v5"

	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/projections"
)

// Accounts is the statement for the accounts of payers, which ScanAccounts reads.
func Accounts(r *projections.Reader) string {
	return "select state from " + r.Table("payer") + " where unp = any($1)"
}

// ScanAccounts calls each with the accounts of payers.
func ScanAccounts(rows pgx.Rows, each func(*account.Payer)) error {
	var state []byte
	_, err := pgx.ForEachRow(rows, []any{&state}, func() error {
		t, err := decode(state)
		if err == nil {
			each(t.Payer)
		}
		return err
	})
	return err
}
