package account

import (
	"fmt"
	"slices"
	"time"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/ledger/rules"
)

// Names of the classifiers that the program itself looks into.
const (
	ClassifierActivity    = "activity"
	ClassifierCategory    = "contribution-category"
	ClassifierContract    = "contract"
	ClassifierCountry     = "country"
	ClassifierDepartment  = "department"
	ClassifierDismissal   = "dismissal-reason"
	ClassifierOffice      = "office"
	ClassifierSpecial     = "special-period"
	ClassifierBenefit     = "benefit"
	ClassifierEvidence    = "evidence"
	ClassifierTariff      = "tariff"
	ClassifierFund        = "fund"
	ClassifierAllocation  = "allocation-order"
	ClassifierOccTariff   = "occupational-tariff" // by kind of work, as activities are coded
	ClassifierOccupation  = "special-occupation"  // occupations in special conditions
	ClassifierFund4Line   = "fund4-line"
	ClassifierFund4Rule   = "fund4-formula"
	ClassifierDuty        = "reporting-duty"
	ClassifierHoliday     = "holiday"
	AttributeDepartment   = "department"
	AttributePaid         = "paid"
	AttributeHazardous    = "hazardous"
	AttributeNeedsBenefit = "needs_benefit"
	AttributeNoteColumn   = "note_column"
	AttributeFormula      = "formula"
	AttributeUnit         = "unit"
)

// Law is the fold of the law stream: dated parameters, classifiers and rule packs.
type Law struct {
	Revision    ledger.Revision
	Position    ledger.Position
	Parameters  *rules.Law
	Published   []event.ParameterPublished
	Decrees     []event.IndexationDecreed // in order of recording
	Runs        []IndexationRun
	YieldRuns   []YieldRun              // of occupational accounts, in order of recording
	Outages     []Outage                // in order of recording
	classifiers map[string][]classifier // by name, in order of recording
	packs       []rulePack
}

type classifier struct {
	recordedAt time.Time
	event.ClassifierPublished
	byCode  map[string][]int
	reduced []int // entries with rates of an employer of their own
}

type rulePack struct {
	recordedAt time.Time
	event.RulePackPublished
}

// NewLaw is the state before the first event.
func NewLaw() *Law {
	return &Law{Revision: ledger.NoStream, Parameters: new(rules.Law),
		classifiers: map[string][]classifier{}}
}

// Apply takes one event of the law stream into account. The error names a parameter that
// the program cannot read; publishing checks this before, so that it never is stored.
func (l *Law) Apply(e ledger.Event, payload event.Payload) error {
	switch f := payload.(type) {
	case *event.ParameterPublished:
		if err := l.Parameters.Publish(ParameterOf(*f, e.RecordedAt)); err != nil {
			return fmt.Errorf("parameter %s from %s: %w", f.Name, f.From, err)
		}
		l.Published = append(l.Published, *f)
	case *event.ClassifierPublished:
		c := classifier{recordedAt: e.RecordedAt, ClassifierPublished: *f,
			byCode: make(map[string][]int, len(f.Entries)), reduced: reducedEntries(f.Entries)}
		for i, entry := range f.Entries {
			c.byCode[entry.Code] = append(c.byCode[entry.Code], i)
		}
		l.classifiers[f.Name] = append(l.classifiers[f.Name], c)
	case *event.RulePackPublished:
		l.packs = append(l.packs, rulePack{e.RecordedAt, *f})
	default:
		if !l.applyIndexation(e, payload) && !l.applyYield(e, payload) &&
			!l.applyDeadline(e, payload) {
			panic(fmt.Sprintf("account: %s does not belong into the law stream", e.Type))
		}
	}
	l.Revision, l.Position = e.Revision, e.Position
	return nil
}

// ParameterOf makes the rule engine's parameter from the published fact.
func ParameterOf(f event.ParameterPublished, recordedAt time.Time) rules.Parameter {
	return rules.Parameter{
		Name: f.Name, Value: f.Value, From: f.From, Until: f.Until, KnownFrom: recordedAt,
		Act: f.Act, Source: f.Source, Unverified: f.Unverified, Demo: f.Demo,
	}
}

// in gives the version of a classifier that holds on a day.
func (l *Law) in(name string, on period.Date) *classifier {
	return l.known(name, on, time.Time{})
}

// known is in of the versions that were recorded up to a moment; the zero moment is now.
func (l *Law) known(name string, on period.Date, known time.Time) *classifier {
	versions := l.classifiers[name]
	for i := len(versions) - 1; i >= 0; i-- {
		v := &versions[i]
		if (v.From <= on || v.From.IsZero()) && (known.IsZero() || !v.recordedAt.After(known)) {
			return v
		}
	}
	return nil
}

// Classifier gives the entries of a code list that hold on a day.
func (l *Law) Classifier(name string, on period.Date) []event.ClassifierEntry {
	c := l.in(name, on)
	if c == nil {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(c.Entries), func(e event.ClassifierEntry) bool {
		return !holds(e, on)
	})
}

// Code finds an entry of a code list that holds on a day.
func (l *Law) Code(name, code string, on period.Date) (event.ClassifierEntry, bool) {
	return l.CodeKnown(name, code, on, time.Time{})
}

// CodeKnown is Code as it was known at a moment; the zero moment is now.
func (l *Law) CodeKnown(name, code string, on period.Date, known time.Time,
) (event.ClassifierEntry, bool) {
	c := l.known(name, on, known)
	if c == nil {
		return event.ClassifierEntry{}, false
	}
	for _, i := range c.byCode[code] {
		if holds(c.Entries[i], on) {
			return c.Entries[i], true
		}
	}
	return event.ClassifierEntry{}, false
}

func holds(e event.ClassifierEntry, on period.Date) bool {
	return (e.From.IsZero() || e.From <= on) && (e.Until.IsZero() || on <= e.Until)
}

// LatestClassifier gives the version of a code list that was recorded last.
func (l *Law) LatestClassifier(name string) (event.ClassifierPublished, bool) {
	versions := l.classifiers[name]
	if len(versions) == 0 {
		return event.ClassifierPublished{}, false
	}
	return versions[len(versions)-1].ClassifierPublished, true
}

// RulePack gives the control rules in force on a day; ok is false before the first.
func (l *Law) RulePack(on period.Date) (pack event.RulePackPublished, ok bool) {
	for _, p := range l.packs {
		if p.From <= on && (!ok || p.From >= pack.From) {
			pack, ok = p.RulePackPublished, true
		}
	}
	return pack, ok
}

// HasRulePack tells whether a version has been published.
func (l *Law) HasRulePack(version string) bool {
	return slices.ContainsFunc(l.packs, func(p rulePack) bool { return p.Version == version })
}

// PaidActivity tells whether days of service with the activity code count to the
// coverage with paid contributions. Ordinary work has no code and counts.
func (l *Law) PaidActivity(code string, on period.Date) bool {
	if code == "" {
		return true
	}
	entry, ok := l.Code(ClassifierActivity, code, on)
	return !ok || entry.Attribute(AttributePaid) != "no"
}

// PaidSpecialPeriod tells whether days of a kind of special period count to the coverage
// with paid contributions.
func (l *Law) PaidSpecialPeriod(kind string, on period.Date) bool {
	entry, ok := l.Code(ClassifierSpecial, kind, on)
	return ok && entry.Attribute(AttributePaid) == "yes"
}

// PublishedOf makes the fact to publish from a parameter of the rule engine.
func PublishedOf(p rules.Parameter) event.ParameterPublished {
	return event.ParameterPublished{
		Name: p.Name, Value: p.Value, From: p.From, Until: p.Until, Act: p.Act,
		Source: p.Source, Unverified: p.Unverified, Demo: p.Demo,
	}
}
