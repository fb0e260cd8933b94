package commands_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/commands"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/memlog"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
)

func TestIndexationThroughTwoOfficers(t *testing.T) {
	t.Parallel()
	k := newIndexKit(t, nil)
	k.many(5)
	before, err := k.log.Head(t.Context())
	require.NoError(t, err)
	decree, at, err := k.bus.PublishIndexation(t.Context(), wages())
	require.NoError(t, err)
	again, same, err := k.bus.PublishIndexation(t.Context(), wages())
	require.NoError(t, err)
	require.Equal(t, decree, again)
	require.Equal(t, at, same, "the same decree once")

	s, err := k.bus.SimulateIndexation(t.Context(), decree)
	require.NoError(t, err)
	require.Equal(t, []string{"disability", "hazardous_list_1", "hazardous_list_2",
		"mother_of_five", "old_age", "survivor"}, s.Decree.Kinds)
	require.Equal(t, 5, s.Report.Benefits)
	require.Equal(t, "1000.70", s.Report.Old.String())
	require.Equal(t, "1050.73", s.Report.New.String(), "each sum is rounded by itself")
	require.Equal(t, "400.28", s.Report.Offices[0].Old.String())
	head, err := k.log.Head(t.Context())
	require.NoError(t, err)
	require.Equal(t, before+1, head, "a simulation records nothing")

	p, err := k.bus.PrepareIndexation(t.Context(),
		commands.PrepareIndexation{Actor: petrova, Decree: decree})
	require.NoError(t, err)
	require.Equal(t, s.Report, p.Report)
	requireCode(t, k.bus.RunIndexation(t.Context(), p.Run), "run_not_approved")
	_, err = k.bus.ApproveIndexation(t.Context(),
		commands.ApproveIndexation{Actor: petrova, Ground: "decree", Run: p.Run})
	requireCode(t, err, "SPF-905")
	k.approveRun(p.Run)
	k.approveRun(p.Run) // once more does nothing
	require.NoError(t, k.bus.RunIndexation(t.Context(), p.Run))
	require.Equal(t, p.Report, k.result(p.Run), "nothing moved")
	require.Equal(t, p.Report, k.indexed(p.Run))
	require.Equal(t, "200.00", k.paid(personNo(0), "2018-04-30"))
	require.Equal(t, "210.00", k.paid(personNo(0), "2018-05-01"))

	head, err = k.log.Head(t.Context())
	require.NoError(t, err)
	require.NoError(t, k.bus.RunIndexation(t.Context(), p.Run))
	after, err := k.log.Head(t.Context())
	require.NoError(t, err)
	require.Equal(t, head, after, "a completed run is not run again")
}

func TestBadDecreesAreRefused(t *testing.T) {
	t.Parallel()
	k := newIndexKit(t, nil)
	with := func(change func(*commands.PublishIndexation)) commands.PublishIndexation {
		c := wages()
		change(&c)
		return c
	}
	for code, c := range map[string]commands.PublishIndexation{
		"decree_incomplete":   with(func(c *commands.PublishIndexation) { c.Act = "" }),
		"decree_rule_unknown": with(func(c *commands.PublishIndexation) { c.Rule = "OA-5" }),
		"wages_invalid":       with(func(c *commands.PublishIndexation) { c.NewWage = c.OldWage }),
		"wages_not_taken":     with(func(c *commands.PublishIndexation) { c.Rule = "AD-2" }),
		"kind_not_indexed": with(func(c *commands.PublishIndexation) {
			c.Kinds = []string{"old_age", "social_old_age"}
		}),
		"benefit_kind_unknown": with(func(c *commands.PublishIndexation) {
			c.Kinds = []string{"no_such_kind"}
		}),
	} {
		_, _, err := k.bus.PublishIndexation(t.Context(), c)
		requireCode(t, err, code)
	}
	_, err := k.bus.SimulateIndexation(t.Context(), uuid.New())
	requireCode(t, err, "decree_unknown")
	_, err = k.bus.ApproveIndexation(t.Context(),
		commands.ApproveIndexation{Actor: ivanova, Ground: "decree", Run: uuid.New()})
	requireCode(t, err, "run_unknown")
	// A level that is not known yet is asked for, not guessed.
	decree, _, err := k.bus.PublishIndexation(t.Context(), commands.PublishIndexation{
		Actor: petrova, Rule: "AD-3", From: period.MustDate("2018-11-01"), Act: "decree"})
	require.NoError(t, err)
	_, err = k.bus.SimulateIndexation(t.Context(), decree)
	requireCode(t, err, "missing_parameter")
}

// The minimum old-age pension of May 2018 is 51.65, half the subsistence level 103.29.
func TestIndexationDecides(t *testing.T) {
	t.Parallel()
	minimum := commands.PublishIndexation{Actor: petrova, Rule: "AD-2", Act: "decree",
		From: period.MustDate("2018-05-01")}
	share := minimum
	share.Rule = "AD-3"
	for name, c := range map[string]struct {
		decree     commands.PublishIndexation
		before     pension
		after, why string
	}{
		"by the wage": {wages(), pension{kind: "old_age", amount: "400.00"}, "420.00", ""},
		"the minimum holds after the wage": {wages(),
			pension{kind: "old_age", amount: "40.00"}, "51.65", ""},
		"a partial pension has a lower minimum": {wages(),
			pension{kind: "old_age", form: "partial", amount: "40.00"}, "42.00", ""},
		"to the partial minimum": {minimum,
			pension{kind: "old_age", form: "partial", amount: "20.00"}, "25.82", ""},
		"a mother of five has the whole minimum": {minimum,
			pension{kind: "mother_of_five", form: "partial", amount: "40.00"}, "51.65", ""},
		"to the minimum": {minimum, pension{kind: "old_age", amount: "51.64"}, "51.65", ""},
		"not below the minimum": {minimum,
			pension{kind: "old_age", amount: "51.65"}, "51.65", commands.LeftEnough},
		"a share of the level": {share,
			pension{kind: "social_old_age", amount: "99.66"}, "103.29", ""},
		"the level never lowers": {share,
			pension{kind: "social_old_age", amount: "105.00"}, "105.00", commands.LeftEnough},
		"decided by the law of the day": {wages(), pension{kind: "old_age", from: "2018-05-01",
			amount: "400.00"}, "400.00", commands.LeftSet},
		"another kind": {wages("survivor"), pension{kind: "old_age", amount: "400.00"}, "400.00",
			"none"},
		"begins later": {wages(), pension{kind: "old_age", from: "2018-05-02",
			amount: "400.00"}, "400.00", "none"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := newIndexKit(t, nil)
			if c.before.from == "" {
				c.before.from = "2017-03-01"
			}
			k.award(personNo(0), c.before)
			report := k.run(c.decree)
			require.Equal(t, c.after, k.paid(personNo(0), "2018-06-01"))
			switch c.why {
			case "":
				require.Equal(t, 1, report.Benefits)
				require.Empty(t, report.Left)
			case "none":
				require.Empty(t, report.Left)
				require.Zero(t, report.Benefits)
			default:
				require.Equal(t, []event.IndexationLeft{{Reason: c.why, Benefits: 1}}, report.Left)
				require.Zero(t, report.Benefits)
			}
		})
	}
}

// cut is a log that loses the connection after some appends, before or after recording.
type cut struct {
	ledger.Log
	mu   sync.Mutex // guards the fields below
	left int        // appends that succeed; negative for all
	late bool       // the append that fails is recorded
}

var errCut = errors.New("the process was killed")

func (l *cut) set(left int, late bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.left, l.late = left, late
}

func (l *cut) Append(ctx context.Context, batch ...ledger.StreamAppend) (ledger.Result, error) {
	l.mu.Lock()
	fails, late := l.left == 0, l.late
	if l.left > 0 {
		l.left--
	}
	l.mu.Unlock()
	if fails && !late {
		return ledger.Result{}, errCut
	}
	result, err := l.Log.Append(ctx, batch...)
	if fails && err == nil {
		return ledger.Result{}, errCut
	}
	return result, err
}

// A run that is cut at any append, and by a second one, ends with one event for each
// pension and with the report of all of them.
func TestARunThatIsCutGoesOn(t *testing.T) {
	t.Parallel()
	const pensions = 2500 // three batches and the report
	approved := newIndexKit(t, nil)
	approved.many(pensions)
	p := approved.prepared(wages())
	approved.approveRun(p.Run)
	require.Equal(t, pensions, p.Report.Benefits)
	trunk := approved.log.(*memlog.Log)
	for _, late := range []bool{false, true} {
		for after := range 4 {
			log := &cut{Log: trunk.Branch(approved.bus.Clock), left: after, late: late}
			k := approved.onLog(log)
			k.list.keep(after%2 == 0) // with a read model that is behind, and without
			require.ErrorIs(t, k.bus.RunIndexation(t.Context(), p.Run), errCut)
			log.set(-1, false)
			require.NoError(t, k.bus.RunIndexation(t.Context(), p.Run))
			require.Equal(t, p.Report, k.result(p.Run))
			require.Equal(t, p.Report, k.indexed(p.Run))
		}
	}
}

func TestTwoRunnersDoNotDouble(t *testing.T) {
	t.Parallel()
	k := newIndexKit(t, nil)
	k.many(2500)
	p := k.prepared(wages())
	k.approveRun(p.Run)
	other := &commands.Bus{Log: k.log, Keys: k.bus.Keys, Law: commands.NewLawbook(k.log, k.bus.Clock),
		Recipients: &recipients{t: t, log: k.log}, Clock: k.bus.Clock, Logger: k.bus.Logger}
	var both sync.WaitGroup
	errs := make([]error, 2)
	for i, b := range []*commands.Bus{k.bus, other} {
		both.Go(func() { errs[i] = b.RunIndexation(t.Context(), p.Run) })
	}
	both.Wait()
	require.NoError(t, errors.Join(errs...))
	require.Equal(t, p.Report, k.result(p.Run))
	require.Equal(t, p.Report, k.indexed(p.Run))
}

// What moved between the simulation and the run is decided as it is then, also where the
// read model has not seen it, and the report differs from the simulation by just that.
func TestWhatMovedSinceTheSimulation(t *testing.T) {
	t.Parallel()
	for _, behind := range []bool{false, true} {
		k := newIndexKit(t, nil)
		k.many(10)
		p := k.prepared(wages())
		k.list.keep(behind)
		ended, anew, flagged := personNo(1), personNo(3), personNo(5)
		k.record(ended, &event.BenefitTerminated{Case: caseOf(ended),
			Last: period.MustDate("2018-04-20"), Cause: "death"})
		k.record(anew, &event.PensionRecalculated{Award: awardOf(anew, pension{kind: "old_age",
			from: "2018-03-01", amount: "300.00", office: "101"})})
		k.record(flagged, &event.PensionReviewFlagged{Case: caseOf(flagged), Cause: uuid.New(),
			Reason: "months_changed"})
		k.approveRun(p.Run)
		require.NoError(t, k.bus.RunIndexation(t.Context(), p.Run))
		report := k.result(p.Run)
		require.Equal(t, k.indexed(p.Run), report)
		require.Equal(t, p.Report.Benefits-1, report.Benefits)
		old := p.Report.Old - money.MustParse("200.07") - money.MustParse("200.21") +
			money.MustParse("300.00")
		require.Equal(t, old, report.Old)
		require.Equal(t, "", k.paid(ended, "2018-05-01"))
		require.Equal(t, "315.00", k.paid(anew, "2018-05-01"))
		require.Equal(t, "210.37", k.paid(flagged, "2018-05-01"))
	}
}

// A pension that was decided after the run, for a time before, is reached by another run.
func TestASecondRunReachesWhatCameLate(t *testing.T) {
	t.Parallel()
	k := newIndexKit(t, nil)
	k.many(4)
	k.run(wages())
	late, anew := personNo(100), personNo(2)
	k.award(late, pension{kind: "old_age", from: "2018-02-01", amount: "300.00"})
	k.record(anew, &event.PensionRecalculated{Award: awardOf(anew, pension{kind: "old_age",
		from: "2018-03-01", amount: "250.00"})})
	report := k.run(wages())
	require.Equal(t, 2, report.Benefits)
	require.Equal(t, []event.IndexationLeft{{Reason: commands.LeftDone, Benefits: 3}}, report.Left)
	require.Equal(t, "315.00", k.paid(late, "2018-05-01"))
	require.Equal(t, "262.50", k.paid(anew, "2018-05-01"))

	// A decree of a later day builds on the first; one of an earlier day comes too late.
	june := wages()
	june.From = period.MustDate("2018-06-01")
	require.Equal(t, 5, k.run(june).Benefits)
	require.Equal(t, "330.75", k.paid(late, "2018-06-01"), "one decree upon the other")
	may := wages()
	may.Act = "a decree that came too late"
	require.Equal(t, []event.IndexationLeft{{Reason: commands.LeftLater, Benefits: 5}},
		k.run(may).Left, "what was raised from a later day is left to an officer")
}

func TestWhatWasPreparedMustStillHold(t *testing.T) {
	t.Parallel()
	k := newIndexKit(t, nil)
	k.many(3)
	first := k.prepared(wages())
	second := k.prepared(wages())
	require.NotEqual(t, first.Run, second.Run)
	_, err := k.bus.ApproveIndexation(t.Context(),
		commands.ApproveIndexation{Actor: ivanova, Ground: "decree", Run: first.Run})
	requireCode(t, err, "SPF-906")

	minimum := k.prepared(commands.PublishIndexation{Actor: petrova, Rule: "AD-2", Act: "decree",
		From: period.MustDate("2018-05-01")})
	k.approveRun(second.Run)
	_, err = k.bus.PrepareIndexation(t.Context(), commands.PrepareIndexation{Actor: petrova,
		Decree: mustDecree(t, k, minimum.Run)})
	requireCode(t, err, "indexation_moved")
	require.NoError(t, k.bus.RunIndexation(t.Context(), second.Run))
	_, err = k.bus.ApproveIndexation(t.Context(),
		commands.ApproveIndexation{Actor: ivanova, Ground: "decree", Run: minimum.Run})
	requireCode(t, err, "SPF-906")
}

func mustDecree(t *testing.T, k *indexKit, run uuid.UUID) uuid.UUID {
	t.Helper()
	law, err := k.bus.Law.Current(t.Context())
	require.NoError(t, err)
	r, ok := law.Run(run)
	require.True(t, ok)
	return r.Decree
}

// The clerk carries out what is approved, while it works and after a start, and goes on
// after faults.
func TestClerkCarriesOutRuns(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log *cut
		k := newIndexKit(t, func(l ledger.Log) ledger.Log {
			log = &cut{Log: l, left: -1}
			return log
		})
		k.many(1500)
		start := func() (stop func()) {
			ctx, cancel := context.WithCancel(t.Context())
			var ended sync.WaitGroup
			ended.Go(func() {
				c := &commands.Clerk{Bus: k.bus, List: &workList{k: k.kit}}
				_ = c.Run(ctx)
			})
			return func() { cancel(); ended.Wait() }
		}
		stop := start()
		time.Sleep(time.Second)
		p := k.prepared(wages())
		log.set(2, false) // the approval and one batch
		k.approveRun(p.Run)
		time.Sleep(time.Second)
		log.set(-1, false)
		time.Sleep(10 * time.Second)
		stop()
		require.Equal(t, p.Report, k.result(p.Run))
		require.Equal(t, p.Report, k.indexed(p.Run))

		minimum := k.prepared(commands.PublishIndexation{Actor: petrova, Rule: "AD-2",
			Act: "decree", From: period.MustDate("2018-06-01")})
		k.approveRun(minimum.Run)
		stop = start()
		time.Sleep(time.Second)
		stop()
		require.Zero(t, k.result(minimum.Run).Benefits)
	})
}
