package commands_test

import (
	"bytes"
	"cmp"
	"context"
	"slices"
	"sync"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/commands"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
)

// recipients answers from folds of the ledger, which it keeps once it is told to, as a
// read model that is behind would.
type recipients struct {
	t   testing.TB
	log ledger.Log

	mu   sync.Mutex // guards the field below
	kept []*account.Person
}

func (r *recipients) all(ctx context.Context) []*account.Person {
	folds := map[ledger.PersonID]*account.Person{}
	for e, err := range r.log.ReadAll(ctx, 0, 0) {
		if err != nil {
			return nil
		}
		id, ok := e.Stream.Person()
		if !ok {
			continue
		}
		payload, err := event.Decode(e)
		require.NoError(r.t, err)
		if folds[id] == nil {
			folds[id] = account.NewPerson(id)
		}
		folds[id].Apply(e, payload)
	}
	list := make([]*account.Person, 0, len(folds))
	for _, p := range folds {
		list = append(list, p)
	}
	slices.SortFunc(list, func(a, b *account.Person) int { return bytes.Compare(a.ID[:], b.ID[:]) })
	return list
}

// keep makes the answers those of now, whatever happens later; false ends that.
func (r *recipients) keep(on bool) {
	var list []*account.Person
	if on {
		list = r.all(context.Background())
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.kept = list
}

func (r *recipients) Recipients(ctx context.Context, kinds []string, on period.Date,
	after ledger.PersonID, limit int, _ ledger.Position) ([]*account.Person, error) {
	r.mu.Lock()
	all := r.kept
	r.mu.Unlock()
	if all == nil {
		all = r.all(ctx)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	list := make([]*account.Person, 0, limit)
	for _, p := range all {
		concerned := slices.ContainsFunc(p.Cases, func(x account.Case) bool {
			last := x.LastDay()
			return slices.Contains(kinds, x.Kind) && len(x.Amounts) > 0 &&
				(last.IsZero() || last >= on)
		})
		if concerned && bytes.Compare(p.ID[:], after[:]) > 0 && len(list) < limit {
			list = append(list, p)
		}
	}
	return list, nil
}

func (r *recipients) Occupational(ctx context.Context, after ledger.PersonID, limit int,
	_ ledger.Position) (list []*account.Person, err error) {
	for _, p := range r.all(ctx) {
		if len(p.Occupational) > 0 && bytes.Compare(p.ID[:], after[:]) > 0 && len(list) < limit {
			list = append(list, p)
		}
	}
	return list, ctx.Err()
}

// indexKit is a kit whose log has pensions, without the filings behind them.
type indexKit struct {
	*kit
	list *recipients
}

func newIndexKit(t testing.TB, wrap func(ledger.Log) ledger.Log) *indexKit {
	t.Helper()
	k := &indexKit{kit: newKit(t, wrap)}
	k.list = &recipients{t: t, log: k.log}
	k.bus.Recipients = k.list
	return k
}

// onLog is a process that works on another log, with a read model of it.
func (k *indexKit) onLog(log ledger.Log) *indexKit {
	other := &indexKit{kit: k.on(log)}
	other.list = &recipients{t: k.t, log: log}
	other.bus.Recipients = other.list
	return other
}

// pension is an award that a test puts into the ledger.
type pension struct {
	kind, form, from, amount, office string
}

func personNo(n int) ledger.PersonID { return ledger.DeterministicID("pensioner", n) }

func caseOf(id ledger.PersonID) uuid.UUID { return ledger.DeterministicID(id, "case") }

// award puts a claim and its award into a person's stream.
func (k *indexKit) award(id ledger.PersonID, p pension) {
	k.t.Helper()
	from := period.MustDate(p.from)
	k.record(id, &event.BenefitClaimed{Case: caseOf(id), Kind: p.kind, ClaimedOn: from, From: from},
		&event.PensionAssigned{Award: awardOf(id, p)})
}

func awardOf(id ledger.PersonID, p pension) event.Award {
	return event.Award{Case: caseOf(id), Calculation: ledger.DeterministicID(id, p.from, p.amount),
		Kind: p.kind, Pays: "monthly", Form: cmp.Or(p.form, "full"),
		From: period.MustDate(p.from), Amount: money.MustParse(p.amount),
		Office: cmp.Or(p.office, "602")}
}

// record appends facts to a person's stream as it is in the ledger.
func (k *indexKit) record(id ledger.PersonID, facts ...event.Payload) {
	k.t.Helper()
	at := k.fold(id).Revision
	events := make([]ledger.NewEvent, len(facts))
	for i, f := range facts {
		events[i] = event.New(ledger.DeterministicID(id, int64(at), i, f.EventType()),
			ledger.Meta{Actor: ivanova}, f)
	}
	_, err := k.log.Append(k.t.Context(), ledger.StreamAppend{Stream: ledger.PersonStream(id),
		Expected: at, Events: events})
	require.NoError(k.t, err)
}

func (k *indexKit) fold(id ledger.PersonID) *account.Person {
	k.t.Helper()
	p := account.NewPerson(id)
	for e, err := range k.log.ReadStreams(k.t.Context(), ledger.PersonStream(id)) {
		require.NoError(k.t, err)
		payload, err := event.Decode(e)
		require.NoError(k.t, err)
		p.Apply(e, payload)
	}
	return p
}

// paid gives what a person is paid on a day.
func (k *indexKit) paid(id ledger.PersonID, on string) string {
	k.t.Helper()
	x, ok := k.fold(id).Case(caseOf(id))
	require.True(k.t, ok)
	amount, ok := x.AmountOn(period.MustDate(on))
	if !ok {
		return ""
	}
	return amount.String()
}

// many puts n pensions of two offices into the ledger by one append.
func (k *indexKit) many(n int) {
	k.t.Helper()
	batch := make([]ledger.StreamAppend, n)
	for i := range batch {
		id := personNo(i)
		office := []string{"602", "101"}[i%2]
		p := pension{kind: "old_age", from: "2017-03-01", office: office,
			amount: (money.Amount(20_000) + money.Amount(i*7)).String()}
		from := period.MustDate(p.from)
		batch[i] = ledger.StreamAppend{Stream: ledger.PersonStream(id), Expected: ledger.NoStream,
			Events: []ledger.NewEvent{
				event.New(ledger.DeterministicID(id, "claim"), ledger.Meta{Actor: petrova},
					&event.BenefitClaimed{Case: caseOf(id), Kind: p.kind, ClaimedOn: from, From: from}),
				event.New(ledger.DeterministicID(id, "award"), ledger.Meta{Actor: ivanova},
					&event.PensionAssigned{Award: awardOf(id, p)})}}
	}
	_, err := k.log.Append(k.t.Context(), batch...)
	require.NoError(k.t, err)
}

// wages is the usual decree: five per cent from May 2018.
func wages(kinds ...string) commands.PublishIndexation {
	return commands.PublishIndexation{Actor: petrova, Rule: "AD-1", Kinds: kinds,
		From: period.MustDate("2018-05-01"), OldWage: money.MustParse("900.00"),
		NewWage: money.MustParse("945.00"), Act: "decree"}
}

// prepared publishes a decree and prepares a run of it.
func (k *indexKit) prepared(c commands.PublishIndexation) commands.PreparedIndexation {
	k.t.Helper()
	decree, _, err := k.bus.PublishIndexation(k.t.Context(), c)
	require.NoError(k.t, err)
	done, err := k.bus.PrepareIndexation(k.t.Context(),
		commands.PrepareIndexation{Actor: petrova, Decree: decree})
	require.NoError(k.t, err)
	return done
}

func (k *indexKit) approveRun(run uuid.UUID) {
	k.t.Helper()
	_, err := k.bus.ApproveIndexation(k.t.Context(),
		commands.ApproveIndexation{Actor: ivanova, Ground: "decree", Run: run})
	require.NoError(k.t, err)
}

// run carries a decree out and gives the report.
func (k *indexKit) run(c commands.PublishIndexation) event.IndexationReport {
	k.t.Helper()
	p := k.prepared(c)
	k.approveRun(p.Run)
	require.NoError(k.t, k.bus.RunIndexation(k.t.Context(), p.Run))
	return k.result(p.Run)
}

func (k *indexKit) result(run uuid.UUID) event.IndexationReport {
	k.t.Helper()
	k.bus.Law.Refresh()
	law, err := k.bus.Law.Current(k.t.Context())
	require.NoError(k.t, err)
	r, ok := law.Run(run)
	require.True(k.t, ok)
	require.Equal(k.t, account.IndexationCompleted, r.State)
	return r.Result
}

// indexed gives the events of a run as a report, and requires one for each award.
func (k *indexKit) indexed(run uuid.UUID) event.IndexationReport {
	k.t.Helper()
	var r event.IndexationReport
	kinds, offices := map[string]event.IndexationSums{}, map[string]event.IndexationSums{}
	seen := map[uuid.UUID]bool{}
	for e, err := range k.log.ReadAll(k.t.Context(), 0, 0) {
		require.NoError(k.t, err)
		payload, err := event.Decode(e)
		require.NoError(k.t, err)
		f, ok := payload.(*event.PensionIndexed)
		if !ok || f.Run != run {
			continue
		}
		require.False(k.t, seen[f.Case], "one event for each pension")
		seen[f.Case] = true
		id, _ := e.Stream.Person()
		x, _ := k.fold(id).Case(f.Case)
		for _, s := range []*event.IndexationSums{&r.IndexationSums} {
			s.Benefits, s.Old, s.New = s.Benefits+1, s.Old+f.Old, s.New+f.New
		}
		for m, code := range map[*map[string]event.IndexationSums]string{
			&kinds: x.Kind, &offices: x.Office} {
			s := (*m)[code]
			s.Benefits, s.Old, s.New = s.Benefits+1, s.Old+f.Old, s.New+f.New
			(*m)[code] = s
		}
	}
	r.Kinds, r.Offices = partsOf(kinds), partsOf(offices)
	return r
}

func partsOf(m map[string]event.IndexationSums) (list []event.IndexationPart) {
	for code, sums := range m {
		list = append(list, event.IndexationPart{Code: code, IndexationSums: sums})
	}
	slices.SortFunc(list, func(a, b event.IndexationPart) int { return cmp.Compare(a.Code, b.Code) })
	return list
}
