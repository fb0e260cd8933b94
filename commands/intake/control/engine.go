package control

import (
	"fmt"
	"slices"
	"strings"

	"github.com/stazh/stazh/commands/intake/document"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/period"
)

// Engine weighs findings by one rule pack. It never changes and may be used by many at
// the same time.
type Engine struct {
	version string
	texts   *texts
	weights map[string]event.RuleSeverity
}

// NewEngine makes an engine of a rule pack. The error names a rule of the pack that this
// program does not know, or an essential rule that the pack lacks or weakens: checking
// with such a pack would let through what must not be recorded.
func NewEngine(pack event.RulePackPublished) (*Engine, error) {
	e := &Engine{version: pack.Version, texts: loaded(),
		weights: make(map[string]event.RuleSeverity, len(pack.Rules))}
	for _, w := range pack.Rules {
		if _, ok := e.texts.byCode[w.Code]; !ok {
			return nil, fmt.Errorf("rule pack %s: rule %s is unknown to this program: "+
				"install the version that brings it", pack.Version, w.Code)
		}
		if !slices.Contains([]Severity{Fatal, Refuse, Park, Warn, Note}, Severity(w.Severity)) {
			return nil, fmt.Errorf("rule pack %s: rule %s has the severity %q: "+
				"use F, E, P, W or I", pack.Version, w.Code, w.Severity)
		}
		if _, twice := e.weights[w.Code]; twice {
			return nil, fmt.Errorf("rule pack %s: rule %s is listed twice",
				pack.Version, w.Code)
		}
		e.weights[w.Code] = w
	}
	for _, r := range e.texts.rules {
		if r.Essential && !e.whole(r, pack.From) {
			return nil, fmt.Errorf("rule pack %s: rule %s must be in it with severity %s "+
				"from its first day", pack.Version, r.Code, r.Severity)
		}
	}
	return e, nil
}

func (e *Engine) whole(r *Rule, from period.Date) bool {
	w, ok := e.weights[r.Code]
	return ok && w.Severity == string(r.Severity) && w.WarnFrom <= from &&
		w.EnforceFrom <= from
}

// Version is that of the rule pack.
func (e *Engine) Version() string { return e.version }

// severity gives a rule's weight on a day; ok is false while it is silent: when the pack
// lacks it, and before its warn-from date. Until its enforce-from date a rule only warns.
func (e *Engine) severity(code string, today period.Date) (s Severity, ok bool) {
	w, ok := e.weights[code]
	if !ok || today < w.WarnFrom {
		return "", false
	}
	s = Severity(w.Severity)
	if today < w.EnforceFrom {
		s = atMost(s, Warn)
	}
	return s, true
}

// ranks orders the severities from the lightest.
const ranks = "IWPEF"

// atMost lightens a severity to the limit.
func atMost(s, limit Severity) Severity {
	if strings.Index(ranks, string(s)) > strings.Index(ranks, string(limit)) {
		return limit
	}
	return s
}

// finding makes a finding without its place.
func (e *Engine) finding(code string, s Severity, pointer, got, expected string) Finding {
	f := Finding{Code: code, Severity: s, Pointer: pointer, Got: got, Expected: expected,
		RuleVersion: e.version}
	r, ok := e.texts.byCode[code]
	if !ok {
		r = e.texts.byCode["SPF-111"] // says that the value cannot be used
	}
	f.Message, f.Remedy, f.Basis = e.texts.message(r.Message, pointer), r.Remedy, r.Basis
	return f
}

func (f *Finding) stand(at document.Place) {
	f.Line, f.Sheet, f.Cell, f.File = at.Line, at.Sheet, at.Cell, at.File
}

// File turns faults about the file or a pack as a whole into findings. On this level
// whatever refuses refuses the file, as does a code that the catalogue lacks: what a
// reader could not read must never pass for read.
func (e *Engine) File(today period.Date, faults ...document.Fault) []Finding {
	var list []Finding
	for _, f := range faults {
		s, ok := e.severity(f.Code, today)
		if _, known := e.texts.byCode[f.Code]; !known {
			s, ok = Fatal, true
		}
		if s == Refuse {
			s = Fatal
		}
		if ok {
			list = append(list, e.fault(f, s))
		}
	}
	return list
}

// Fault turns one fault about a document into a finding: what the pipeline itself found,
// such as CodeWaitExpired. Faults in document.Document.Faults need no such call. ok is
// false when the rule pack is silent on it.
func (e *Engine) Fault(today period.Date, no int, f document.Fault) (Finding, bool) {
	s, ok := e.severity(f.Code, today)
	if !ok {
		return Finding{}, false
	}
	finding := e.fault(f, level(f.Code, s, false))
	finding.Document = no
	return finding, true
}

// Told is File for what shows once all documents are decided: it refuses nothing any more.
func (e *Engine) Told(today period.Date, f document.Fault) (Finding, bool) {
	s, ok := e.severity(f.Code, today)
	return e.fault(f, atMost(s, Warn)), ok
}

func (e *Engine) fault(f document.Fault, s Severity) Finding {
	finding := e.finding(f.Code, s, f.Pointer, shownFault(&f), f.Expected)
	finding.stand(f.Place)
	return finding
}

// level fits a severity to what the finding is about: of a file or pack, structure is
// fatal; of one document, nothing refuses more than the document.
func level(code string, s Severity, whole bool) Severity {
	switch {
	case !whole:
		if s == Fatal {
			return Refuse
		}
	case s == Refuse && strings.HasPrefix(code, "SPF-1"):
		return Fatal
	}
	return s
}
