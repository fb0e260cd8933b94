package service

import (
	"context"
	"io"
	"time"

	"github.com/stazh/stazh/api/auth"
	"github.com/stazh/stazh/commands"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/obligation"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/ledger/reconciliation"
	"github.com/stazh/stazh/ledger/settlement"
	"github.com/stazh/stazh/projections"
)

// ReconciliationView is what differs between a payer's reports, the accounts and payments.
type ReconciliationView struct {
	Payer string      `json:"payer"`
	On    period.Date `json:"on"`
	// Open and Closed are mismatches with the events that opened and closed them.
	Open   []reconciliation.Mismatch `json:"open"`
	Closed []reconciliation.Mismatch `json:"closed"`
	// Estimates are shown for quarters that were not filed; nothing is owed by them.
	Estimates []obligation.Estimate `json:"estimates"`
}

// track follows a payer's stream up to the position of a read.
func (s *Service) track(ctx context.Context, c Caller, unp string, r Read,
) (*reconciliation.Track, ledger.Position, bool, error) {
	if err := allow(c, auth.ReadBalance, auth.KindPayer, unp); err != nil {
		return nil, 0, false, err
	}
	at, past, err := s.cut(ctx, r)
	if err != nil {
		return nil, 0, past, err
	}
	if !ledger.PayerStream(unp).Valid() {
		return nil, 0, past, refuse(commands.Invalid, "payer_invalid",
			"a UNP has nine characters, digits or capital Latin letters: check it")
	}
	if !past {
		if at, err = s.log.Head(ctx); err != nil {
			return nil, 0, past, err
		}
	}
	track := reconciliation.NewTrack(unp)
	if _, err := s.each(ctx, ledger.PayerStream(unp), at, track.Apply); err != nil {
		return nil, 0, past, err
	}
	if !track.Payer.Registered {
		return nil, 0, past, payerUnknown()
	}
	return track, at, past, nil
}

// Reconciliation gives a payer's mismatches. Those of what it declares are followed in its own
// stream; what is unpaid on the day, and the estimates, follow from the account. So all are
// right as of any position.
func (s *Service) Reconciliation(ctx context.Context, c Caller, unp string, r Read,
	on period.Date) (Answer[ReconciliationView], error) {
	var none Answer[ReconciliationView]
	track, at, past, err := s.track(ctx, c, unp, r)
	if err != nil {
		return none, err
	}
	law, err := s.law(ctx, at, past)
	if err != nil {
		return none, err
	}
	if on.IsZero() {
		on = commands.FundDate(s.clock())
	}
	b := settlement.Of(track.Payer, law, on)
	unpaid, covered := reconciliation.Paid(track.Payer, &b)
	view := ReconciliationView{Payer: unp, On: on,
		Open:      reconciliation.Sorted(track.Open, unpaid),
		Closed:    reconciliation.Sorted(track.Closed, covered),
		Estimates: append([]obligation.Estimate{}, obligation.Estimates(track.Payer, law, on)...)}
	return answer(ctx, s, view, at)
}

// NotesView are the explanatory notes of a year, to ПУ-3 and to ПУ-6.
type NotesView struct {
	Payer string     `json:"payer"`
	Year  int        `json:"year"`
	Notes []NoteView `json:"notes"`
}

// NoteView is an explanatory note with the payer's reasons.
type NoteView struct {
	reconciliation.Note
	Rows []NoteRowView `json:"rows"`
}

// NoteRowView is a column of the note with the payer's words.
type NoteRowView struct {
	reconciliation.NoteRow
	Reason string `json:"reason,omitempty"`
}

// textMax bounds what is read of a reason; commands take less.
const textMax = 64 << 10

// Notes fills in the explanatory notes of a year.
func (s *Service) Notes(ctx context.Context, c Caller, unp string, year int, r Read,
) (Answer[NotesView], error) {
	var none Answer[NotesView]
	p, at, err := s.payer(ctx, c, auth.ReadBalance, unp, r)
	if err != nil {
		return none, err
	}
	law, err := s.law(ctx, at, r.AsOf != (AsOf{}))
	if err != nil {
		return none, err
	}
	b := settlement.Of(p, law, commands.FundDate(s.clock()))
	view := NotesView{Payer: unp, Year: year}
	for _, n := range reconciliation.NotesOf(p, &b, year) {
		note := NoteView{Note: n, Rows: []NoteRowView{}}
		for _, row := range n.Rows {
			x := NoteRowView{NoteRow: row}
			if !row.Text.IsZero() {
				if x.Reason, err = s.words(ctx, row.Text); err != nil {
					return none, err
				}
			}
			note.Rows = append(note.Rows, x)
		}
		view.Notes = append(view.Notes, note)
	}
	return answer(ctx, s, view, at)
}

// words reads a text of the archive.
func (s *Service) words(ctx context.Context, name ledger.Hash) (string, error) {
	content, err := s.bus.Archive.Open(ctx, name)
	if err != nil {
		return "", err
	}
	defer content.Close() //nolint:errcheck // only read
	text, err := io.ReadAll(io.LimitReader(content, textMax))
	return string(text), err
}

// ExplainMismatch records the payer's reason for a mismatch.
func (s *Service) ExplainMismatch(ctx context.Context, c Caller, command commands.ExplainMismatch,
) (Answer[NotesView], error) {
	var none Answer[NotesView]
	if err := allow(c, auth.ExplainGap, auth.KindPayer, command.Payer); err != nil {
		return none, err
	}
	command.Actor = c
	at, err := s.bus.ExplainMismatch(ctx, command)
	if err != nil {
		return none, err
	}
	return s.Notes(ctx, c, command.Payer, command.Year, Read{AtLeast: at})
}

// ReportView is the 4-фонд of a quarter with all its versions.
type ReportView struct {
	Year     int                 `json:"year"`
	Quarter  int                 `json:"quarter"`
	InForce  bool                `json:"in_force"`
	Versions []ReportVersionView `json:"versions"`
}

// ReportVersionView is one version of a 4-фонд.
type ReportVersionView struct {
	Version    int                `json:"version"`
	Type       string             `json:"type"`
	Receipt    string             `json:"receipt"`
	Document   int                `json:"document"`
	ArrivedOn  period.Date        `json:"arrived_on"`
	Lines      []event.ReportLine `json:"lines"`
	Sums       event.ReportSums   `json:"sums"`
	RecordedAt time.Time          `json:"recorded_at"`
	Position   ledger.Position    `json:"position"`
}

func viewReport4(r *account.Report) ReportView {
	v := ReportView{Year: r.Year, Quarter: r.Quarter}
	_, v.InForce = r.Head()
	for _, x := range r.Versions {
		v.Versions = append(v.Versions, ReportVersionView{Version: x.Version, Type: x.Type,
			Receipt: x.Receipt, Document: x.DocNo, ArrivedOn: x.ArrivedOn,
			Lines: append([]event.ReportLine{}, x.Lines...), Sums: x.Sums,
			RecordedAt: x.RecordedAt, Position: x.Position})
	}
	return v
}

// Reports lists a payer's 4-фонд by quarter, the newest first.
func (s *Service) Reports(ctx context.Context, c Caller, unp string, r Read, cursor string,
	limit int) (Page[ReportView], error) {
	page := Page[ReportView]{Items: []ReportView{}}
	p, at, err := s.payer(ctx, c, auth.ReadBalance, unp, r)
	if err != nil {
		return page, err
	}
	page.Position = at
	left := len(p.Reports)
	place := func(codec *ledger.Codec) { codec.Int(&left) }
	if _, err := projections.DecodeCursor(cursor, place); err != nil {
		return page, found(err, never)
	}
	if left < 0 || left > len(p.Reports) {
		return page, found(projections.ErrCursor, never)
	}
	for n := projections.Limit(limit); left > 0 && n > 0; n-- {
		left--
		page.Items = append(page.Items, viewReport4(&p.Reports[left]))
	}
	if left > 0 {
		page.Next = projections.EncodeCursor(place)
	}
	return page, nil
}
