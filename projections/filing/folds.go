package filing

import (
	"github.com/jackc/pgx/v5"

	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/projections"
)

// Filings is the statement for all filings of payers, which ScanFilings reads: those of one
// payer in the order of arrival.
func Filings(r *projections.Reader) string {
	return "select " + columns + " from " + r.Table("filing") +
		" where payer = any($1) order by payer, received_position"
}

// ScanFilings calls each with the filings of payers.
func ScanFilings(rows pgx.Rows, each func(unp string, f account.Filing)) error {
	_, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (struct{}, error) {
		f, err := scan(row)
		if err == nil {
			each(f.Payer, f.Filing)
		}
		return struct{}{}, err
	})
	return err
}

// Waiting is the statement for all documents of payers that wait, which ScanWaiting reads:
// those of one payer in the order in which they were parked.
func Waiting(r *projections.Reader) string {
	return "select payer, content, recorded_at, position from " + r.Table("parked") +
		" where payer = any($1) order by payer, position"
}

// ScanWaiting calls each with the documents of payers that wait.
func ScanWaiting(rows pgx.Rows, each func(unp string, p account.Parked)) error {
	_, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (struct{}, error) {
		p, err := scanParked(row)
		if err == nil {
			each(p.Payer, p.Parked)
		}
		return struct{}{}, err
	})
	return err
}
