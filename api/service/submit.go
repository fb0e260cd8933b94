package service

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/stazh/stazh/api/auth"
	"github.com/stazh/stazh/commands"
	"github.com/stazh/stazh/commands/intake/control"
	"github.com/stazh/stazh/commands/intake/format"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/event"
)

// Submission is a file to file or to check.
type Submission struct {
	// Payer is the filer's UNP; when it is empty, the file's own head says it.
	Payer   string
	Content io.Reader
	// Key is the client's Idempotency-Key; empty without one.
	Key          string
	Channel      string // api, command, demo, officer
	AllOrNothing bool
	// Preview is the token of a preview; zero without one. The file is refused with a
	// *StalePreviewError where it would do something else now.
	Preview ledger.Hash
	// Ground is the act the caller relies on, if any.
	Ground string
}

// Channels that a submission may come by.
const (
	ChannelAPI     = "api"
	ChannelCommand = "command"
	ChannelDemo    = "demo"
	ChannelOfficer = "officer"
)

// Submit takes in a file: it is archived and its arrival recorded before anything is
// checked. The checks follow by themselves; see Filing and WaitProcessed.
func (s *Service) Submit(ctx context.Context, c Caller, in Submission,
) (Answer[FilingReceipt], error) {
	var none Answer[FilingReceipt]
	if err := allow(c, auth.SubmitFiling, auth.KindFiling, ""); err != nil {
		return none, err
	}
	leave, err := s.bus.Admit() // before a byte of the file is read
	if err != nil {
		return none, err
	}
	defer leave()
	content := in.Content
	payer := control.NormalizeUNP(in.Payer)
	if payer == "" {
		file, err := s.spoolOf(ctx, content)
		if err != nil {
			return none, err
		}
		defer file.Close() //nolint:errcheck // only read
		if payer, err = s.filerOf(ctx, file); err != nil {
			return none, err
		}
		content = file.spooled
	}
	r, err := s.bus.ReceiveFiling(ctx, commands.ReceiveFiling{Actor: c, Ground: in.Ground,
		Payer: payer, Content: content, Key: in.Key, Channel: in.Channel,
		AllOrNothing: in.AllOrNothing, Preview: in.Preview, Admitted: true})
	if err != nil {
		return none, s.withPreview(ctx, c, payer, err)
	}
	return receiptOf(r), nil
}

// IntakeFull tells whether Submit would refuse any file now. It costs nothing to ask.
func (s *Service) IntakeFull() bool { return s.bus.IntakeFull() }

// receiptOf makes the answer of an arrival.
func receiptOf(r commands.Receipt) Answer[FilingReceipt] {
	// The ledger keeps microseconds: the first answer must read like all later ones.
	received := r.ReceivedAt.UTC().Truncate(time.Microsecond)
	receipt := FilingReceipt{Receipt: r.Number, Filing: r.Filing, Payer: r.Payer,
		SHA256: r.SHA256, Bytes: r.Bytes, ReceivedAt: received, Position: r.Position,
		Repeated: r.Repeated}
	return Answer[FilingReceipt]{Value: receipt, Position: r.Position,
		RecordedUpTo: received}
}

// spooled lays a file up, and tells whose it is.
func (s *Service) spooled(ctx context.Context, in Submission) (*spool, string, error) {
	file, err := s.spoolOf(ctx, in.Content)
	if err != nil {
		return nil, "", err
	}
	payer := control.NormalizeUNP(in.Payer)
	if payer == "" {
		if payer, err = s.filerOf(ctx, file); err != nil {
			return nil, "", errors.Join(err, file.Close())
		}
	}
	return file, payer, nil
}

// filerOf reads whose file it is from its head.
func (s *Service) filerOf(ctx context.Context, file *spool) (string, error) {
	unp, ok := format.Sniff(file, format.Limits{})
	if !ok {
		return "", nameless(ctx, file, commands.FundDate(s.clock()))
	}
	return control.NormalizeUNP(unp), nil
}

// CheckResult is what filing a file now would be answered. Findings come beside it.
type CheckResult struct {
	Payer   string `json:"payer"`
	Outcome string `json:"outcome"`
	Form    string `json:"form,omitempty"`
	Year    int    `json:"year,omitempty"`
	Quarter int    `json:"quarter,omitempty"`
	// Quarters are all quarters of the year that the documents are about, as digits.
	Quarters  string        `json:"quarters,omitempty"`
	Format    string        `json:"format,omitempty"`
	Documents int           `json:"documents"`
	Accepted  int           `json:"accepted"`
	Rejected  int           `json:"rejected"`
	Parked    int           `json:"parked"`
	RulePack  string        `json:"rule_pack"`
	Tallies   []event.Tally `json:"tallies"`
	Repairs   []RepairView  `json:"repairs"`
	// Position is the end of the ledger when the check began.
	Position ledger.Position `json:"position"`
}

// RepairView is a kind of damage that could mean only one thing and was mended.
type RepairView struct {
	Kind string `json:"kind"`
	// Text says what was mended and in which fields, in three languages.
	Text  control.Text `json:"text"`
	Count int          `json:"count"`
	Line  int          `json:"line,omitempty"`
	Sheet string       `json:"sheet,omitempty"`
	Cell  string       `json:"cell,omitempty"`
	File  string       `json:"file,omitempty"`
}

// Check runs the controls on a file without leaving a trace. Findings are handed out one
// by one, those on the file first, then by document.
func (s *Service) Check(ctx context.Context, c Caller, in Submission,
	each func(control.Finding) error) (CheckResult, error) {
	if err := allow(c, auth.CheckFiling, auth.KindFiling, ""); err != nil {
		return CheckResult{}, err
	}
	file, payer, err := s.spooled(ctx, in)
	if err != nil {
		return CheckResult{}, err
	}
	defer file.Close() //nolint:errcheck // only read
	head, err := s.log.Head(ctx)
	if err != nil {
		return CheckResult{}, err
	}
	report, err := s.bus.CheckReport(ctx, commands.CheckReport{Actor: c, Payer: payer,
		Content: file, SHA256: file.sum, AllOrNothing: in.AllOrNothing}, each)
	if err != nil {
		return CheckResult{}, err
	}
	return viewCheck(payer, report, head), nil
}

func viewCheck(payer string, report commands.Report, at ledger.Position) CheckResult {
	result := CheckResult{Payer: payer, Outcome: report.Outcome, Form: report.Form,
		Year: report.Year, Quarter: report.Quarter, Format: report.Format,
		Quarters:  quartersOf(report.FilingProcessed, report.Tallies),
		Documents: report.Documents, Accepted: report.Accepted, Rejected: report.Rejected,
		Parked: report.Parked, RulePack: report.RulePack, Tallies: report.Tallies,
		Repairs: make([]RepairView, len(report.Repairs)), Position: at}
	if result.Tallies == nil {
		result.Tallies = []event.Tally{}
	}
	for i, r := range report.Repairs {
		result.Repairs[i] = RepairView{Kind: string(r.Kind), Count: r.Count,
			Text: control.RepairText(string(r.Kind), r.Fields), Line: r.First.Line,
			Sheet: r.First.Sheet, Cell: r.First.Cell, File: r.First.File}
	}
	return result
}

// Original gives the bytes of a filing as they were filed, and their number; close them
// after use.
func (s *Service) Original(ctx context.Context, c Caller, receipt string,
) (io.ReadCloser, int64, error) {
	if err := allow(c, auth.ReadOriginal, auth.KindFiling, receipt); err != nil {
		return nil, 0, err
	}
	row, _, err := s.filingRow(ctx, FilingRef{Receipt: receipt})
	if err != nil {
		return nil, 0, found(err, filingUnknown)
	}
	content, err := s.bus.Archive.Open(ctx, row.SHA256)
	if err != nil {
		return nil, 0, err
	}
	return content, content.Size(), nil
}

// errEnough ends a run through findings.
var errEnough = errors.New("enough")
