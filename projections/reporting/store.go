package reporting

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/projections"
)

// load reads what the batch starts from; nil when it has nothing to count.
func load(ctx context.Context, tx pgx.Tx, batch []projections.Event) (*state, error) {
	s := newState()
	var unps, payers []string
	var months []int32
	seen := map[string]bool{}
	filings := map[uuid.UUID]bool{}
	for i := range batch {
		unp, ok := batch[i].Stream.Payer()
		if !ok {
			continue
		}
		if !seen[unp] {
			seen[unp] = true
			unps = append(unps, unp)
		}
		if f, ok := batch[i].Payload.(*event.LiabilityAssessed); ok {
			payers, months = append(payers, unp), append(months, int32(f.Month))
		}
		if id, ok := filingOf(batch[i].Payload); ok && !filings[id] {
			filings[id] = true
			if _, arrives := batch[i].Payload.(*event.FilingReceived); !arrives {
				s.known = append(s.known, id)
			}
		}
	}
	if len(unps) == 0 {
		return nil, nil
	}
	if err := s.loadPayers(ctx, tx, unps); err != nil {
		return nil, fmt.Errorf("load payers: %w", err)
	}
	if err := s.loadAssessments(ctx, tx, payers, months); err != nil {
		return nil, fmt.Errorf("load assessments: %w", err)
	}
	if err := s.loadFilings(ctx, tx); err != nil {
		return nil, fmt.Errorf("load open filings: %w", err)
	}
	return s, nil
}

// filingOf gives the filing whose progress an event counts.
func filingOf(payload event.Payload) (id uuid.UUID, ok bool) {
	switch f := payload.(type) {
	case *event.FilingReceived:
		return f.Filing, true
	case *event.DocumentsPosted:
		return f.Filing, true
	case *event.ParkedDocumentReleased:
		return f.Filing, true
	case *event.ParkedDocumentExpired:
		return f.Filing, true
	case *event.FilingProcessed:
		return f.Filing, true
	}
	return uuid.Nil, false
}

func (s *state) loadPayers(ctx context.Context, tx pgx.Tx, unps []string) error {
	rows, err := tx.Query(ctx, `select unp, office, kind, since, deregistered_on from payer
		join unnest($1::text[]) n(unp) using (unp)`, unps)
	if err != nil {
		return err
	}
	var (
		unp, office, kind string
		since, until      *time.Time
	)
	_, err = pgx.ForEachRow(rows, []any{&unp, &office, &kind, &since, &until}, func() error {
		s.payers[unp] = &payer{office: office, kind: kind,
			since: projections.ColumnDate(since), deregisteredOn: projections.ColumnDate(until)}
		return nil
	})
	return err
}

func (s *state) loadAssessments(
	ctx context.Context, tx pgx.Tx, payers []string, months []int32,
) error {
	if len(payers) == 0 {
		return nil
	}
	rows, err := tx.Query(ctx, `select payer, month, total from assessment
		join (select distinct * from unnest($1::text[], $2::integer[]) n(payer, month)) n
		using (payer, month)`, payers, months)
	if err != nil {
		return err
	}
	var (
		unp   string
		month int32
		total int64
	)
	_, err = pgx.ForEachRow(rows, []any{&unp, &month, &total}, func() error {
		k := payerMonth{unp, period.Month(month)}
		s.assessed[k], s.stored[k] = money.Amount(total), true
		return nil
	})
	return err
}

func (s *state) loadFilings(ctx context.Context, tx pgx.Tx) error {
	if len(s.known) == 0 {
		return nil
	}
	rows, err := tx.Query(ctx, `select filing, office, year, quarter, processed, parked
		from open_filing join unnest($1::uuid[]) n(filing) using (filing)`,
		projections.UUIDs(s.known))
	if err != nil {
		return err
	}
	var (
		id uuid.UUID
		f  openFiling
	)
	targets := []any{&id, &f.office, &f.arrived.year, &f.arrived.number, &f.processed, &f.parked}
	_, err = pgx.ForEachRow(rows, targets, func() error {
		open := f
		s.filings[id] = &open
		return nil
	})
	return err
}

// store writes everything: what was there in one round trip, then what is new.
func (s *state) store(ctx context.Context, tx pgx.Tx) error {
	var b pgx.Batch
	rows := projections.NewRows()
	s.queueTotals(&b)
	s.queueChanges(&b)
	s.queuePayers(&b)
	s.storeAssessments(&b, rows)
	s.storeFilings(&b, rows)
	if b.Len() > 0 {
		if err := tx.SendBatch(ctx, &b).Close(); err != nil {
			return fmt.Errorf("store totals: %w", err)
		}
	}
	if err := rows.Insert(ctx, tx); err != nil {
		return fmt.Errorf("store totals: %w", err)
	}
	return nil
}

// place is one of the three scopes in which an office's figures count.
type place struct{ scope, code string }

func places(office string) [3]place {
	region := string([]rune(office)[:1])
	return [3]place{{Country, CountryCode}, {Region, region}, {Office, office}}
}
