// Package version answers which versions of each report and of each employment record there
// are in a person's account: what each said, who recorded it, when and on what ground, and
// what superseded it.
//
// It is a pure view over the events of the person's stream. Unlike the fold it looks at who
// recorded an event; it decides nothing and sees no personal data.
package version

import (
	"cmp"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
)

// Kind is what a version did.
type Kind string

// The kinds of versions.
const (
	Original     Kind = "original"
	Correction   Kind = "correction"
	Cancellation Kind = "cancellation"
	Restore      Kind = "restore"
	ForPension   Kind = "for_pension"
)

// History is all that was reported of a person, version by version.
type History struct {
	Person ledger.PersonID `json:"person"`
	// Slots are the form slots of ПУ-3 by payer, year and quarters; Occupational those of
	// ПУ-6.
	Slots        []Slot             `json:"slots"`
	Occupational []OccupationalSlot `json:"occupational"`
	// Employments are the relationships in the order in which they were opened.
	Employments []Employment `json:"employments"`
}

// Slot is a form slot with all its versions, the oldest first. Account is the joined account
// that it is recorded in; absent for the person's own.
type Slot struct {
	event.Slot
	Account  ledger.PersonID `json:"account,omitzero"`
	Versions []Version       `json:"versions"`
}

// Version is a version of a form slot: what was in force until another superseded it.
type Version struct {
	Step
	ClaimedOn period.Date `json:"claimed_on,omitzero"`
	// Months and Service are what it says, nothing for a cancellation; Earnings and
	// Contributions add the months up, in BYN.
	Months        []event.MonthFact     `json:"months"`
	Service       []event.ServicePeriod `json:"service"`
	Earnings      money.Amount          `json:"earnings"`
	Contributions money.Amount          `json:"contributions"`
}

// Step is the place of a version in the chain of its slot.
type Step struct {
	Version int  `json:"version"`
	Kind    Kind `json:"kind"`
	InForce bool `json:"in_force"`
	Authorship
	// Supersedes is the version that was in force before, SupersededBy the one after; zero
	// for none. Cited is the receipt that the document gave of the former.
	Supersedes   int    `json:"supersedes,omitempty"`
	SupersededBy int    `json:"superseded_by,omitempty"`
	Cited        string `json:"cited,omitempty"`
	// Restores is the version that a restore brought back.
	Restores int `json:"restores,omitempty"`
}

// follow puts the step behind the one that was in force, nil for none.
func (s *Step) follow(head *Step, by Authorship) {
	if head != nil {
		head.InForce, head.SupersededBy, s.Supersedes = false, s.Version, head.Version
	}
	s.Authorship, s.InForce = by, s.Kind != Cancellation
}

// Authorship is who recorded something, when, from which document and on what ground.
type Authorship struct {
	Receipt    string          `json:"receipt,omitempty"`
	DocNo      int             `json:"document,omitempty"`
	RecordedAt time.Time       `json:"recorded_at"`
	Position   ledger.Position `json:"position"`
	Actor      ledger.Actor    `json:"actor"`
	Ground     string          `json:"ground,omitempty"`
}

// Employment is a relationship with all that was recorded of it, the oldest first.
type Employment struct {
	ID      uuid.UUID       `json:"employment"`
	Payer   string          `json:"payer"`
	Account ledger.PersonID `json:"account,omitzero"` // as of a slot
	Records []Record        `json:"records"`
}

// Kinds of records of an employment, beside Correction and Cancellation.
const (
	Hire                  Kind = "hire"
	Dismissal             Kind = "dismissal"
	DismissalCancellation Kind = "dismissal_cancellation"
)

// Record is what one event made of a relationship: all that held from then on.
type Record struct {
	Kind Kind `json:"kind"`
	Authorship
	HiredOn      period.Date `json:"hired_on,omitzero"`
	EndedOn      period.Date `json:"ended_on,omitzero"`
	EndReason    string      `json:"end_reason,omitempty"`
	Contract     string      `json:"contract,omitempty"`
	ContractNo   string      `json:"contract_no,omitempty"`
	ContractDate period.Date `json:"contract_date,omitzero"`
	// Form is the form that told of it first.
	Form string `json:"form,omitempty"`
}

// New is the history before the first event.
func New(person ledger.PersonID) *History {
	return &History{Person: person, Slots: []Slot{},
		Occupational: []OccupationalSlot{}, Employments: []Employment{}}
}

// Apply takes one event of the person's stream into account; those of other subjects
// change nothing here.
func (h *History) Apply(e ledger.Event, payload event.Payload) {
	by := Authorship{RecordedAt: e.RecordedAt, Position: e.Position, Actor: e.Meta.Actor,
		Ground: e.Meta.Ground}
	switch f := payload.(type) {
	case *event.IndividualDataReported:
		h.version(f.Slot, by.of(f.Receipt, f.DocNo), Version{Months: f.Months,
			Service: f.Service, Step: Step{Version: f.Version, Kind: Original}})
	case *event.IndividualDataReportedForPension:
		h.version(f.Slot, by.of(f.Receipt, f.DocNo), Version{ClaimedOn: f.ClaimedOn,
			Months: f.Months, Service: f.Service,
			Step: Step{Version: f.Version, Kind: ForPension}})
	case *event.IndividualDataCorrected:
		h.version(f.Slot, by.of(f.Receipt, f.DocNo), Version{Months: f.Months,
			Service: f.Service,
			Step:    Step{Version: f.Version, Kind: Correction, Cited: f.Cited}})
	case *event.IndividualDataCancelled:
		h.version(f.Slot, by.of(f.Receipt, f.DocNo), Version{
			Step: Step{Version: f.Version, Kind: Cancellation, Cited: f.Cited}})
	case *event.IndividualDataRestored:
		v := Version{Step: Step{Version: f.Version, Kind: Restore, Cited: f.Cited,
			Restores: f.Restores}}
		v.Months, v.Service = h.facts(f.Slot, f.Restores)
		h.version(f.Slot, by.of(f.Receipt, f.DocNo), v)
	default:
		if !h.occupational(by, payload) {
			h.employment(by, payload)
		}
	}
}

func (a Authorship) of(receipt string, docNo int) Authorship {
	a.Receipt, a.DocNo = receipt, docNo
	return a
}

// version adds a version to its slot.
func (h *History) version(key event.Slot, by Authorship, v Version) {
	s := h.slot(key)
	if s == nil {
		h.Slots = append(h.Slots, Slot{Slot: key})
		s = &h.Slots[len(h.Slots)-1]
	}
	var head *Step
	if n := len(s.Versions); n > 0 {
		head = &s.Versions[n-1].Step
	}
	v.follow(head, by)
	v.Months, v.Service = orEmpty(v.Months), orEmpty(v.Service)
	for i := range v.Months {
		v.Earnings += v.Months[i].Earnings
		v.Contributions += v.Months[i].Contributions
	}
	s.Versions = append(s.Versions, v)
}

// orEmpty shows no items as an empty list.
func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

func (h *History) slot(key event.Slot) *Slot {
	for i := range h.Slots {
		if h.Slots[i].Slot == key {
			return &h.Slots[i]
		}
	}
	return nil
}

// facts gives what a version of a slot said.
func (h *History) facts(key event.Slot, version int) ([]event.MonthFact, []event.ServicePeriod) {
	if s := h.slot(key); s != nil {
		for i := range s.Versions {
			if v := &s.Versions[i]; v.Version == version {
				return v.Months, v.Service
			}
		}
	}
	return nil, nil
}

// employment takes an event of a relationship into account.
func (h *History) employment(by Authorship, payload event.Payload) {
	switch f := payload.(type) {
	case *event.EmploymentStarted:
		x := h.relationship(f.Employment)
		x.Payer = f.Payer
		last := x.last()
		x.add(Hire, by, Record{HiredOn: f.HiredOn, EndedOn: last.EndedOn,
			EndReason: last.EndReason, Contract: f.Contract, ContractNo: f.ContractNo,
			ContractDate: f.ContractDate, Form: f.Form})
	case *event.EmploymentEnded:
		x := h.relationship(f.Employment)
		r := x.last()
		r.EndedOn, r.EndReason = f.EndedOn, f.Reason
		x.add(Dismissal, by, r)
	case *event.EmploymentRecordCorrected:
		x := h.relationship(f.Employment)
		x.add(Correction, by.of(f.Receipt, f.DocNo), Record{HiredOn: f.HiredOn,
			EndedOn: f.EndedOn, EndReason: f.Reason, Contract: f.Contract,
			ContractNo: f.ContractNo, ContractDate: f.ContractDate, Form: x.last().Form})
	case *event.EmploymentRecordCancelled:
		x := h.relationship(f.Employment)
		r := x.last()
		kind := Cancellation
		if f.Dismissal {
			r.EndedOn, r.EndReason, kind = 0, "", DismissalCancellation
		} else {
			r = Record{}
		}
		x.add(kind, by.of(f.Receipt, f.DocNo), r)
	}
}

func (h *History) relationship(id uuid.UUID) *Employment {
	for i := range h.Employments {
		if h.Employments[i].ID == id {
			return &h.Employments[i]
		}
	}
	h.Employments = append(h.Employments, Employment{ID: id})
	return &h.Employments[len(h.Employments)-1]
}

// last is what is recorded of a relationship so far.
func (x *Employment) last() (r Record) {
	if n := len(x.Records); n > 0 {
		r = x.Records[n-1]
	}
	return r
}

func (x *Employment) add(kind Kind, by Authorship, r Record) {
	r.Kind, r.Authorship = kind, by
	x.Records = append(x.Records, r)
}

// Join adds the history of an account that is joined with the person's.
func (h *History) Join(other *History) {
	for _, s := range other.Slots {
		s.Account = other.Person
		h.Slots = append(h.Slots, s)
	}
	for _, s := range other.Occupational {
		s.Account = other.Person
		h.Occupational = append(h.Occupational, s)
	}
	for _, x := range other.Employments {
		x.Account = other.Person
		h.Employments = append(h.Employments, x)
	}
}

// Receipts lists the filings of some actors that the history comes from, each once.
func (h *History) Receipts(by func(ledger.Actor) bool) (list []string) {
	add := func(a *Authorship) {
		if a.Receipt != "" && by(a.Actor) && !slices.Contains(list, a.Receipt) {
			list = append(list, a.Receipt)
		}
	}
	for i := range h.Slots {
		for j := range h.Slots[i].Versions {
			add(&h.Slots[i].Versions[j].Authorship)
		}
	}
	for i := range h.Occupational {
		for j := range h.Occupational[i].Versions {
			add(&h.Occupational[i].Versions[j].Authorship)
		}
	}
	for i := range h.Employments {
		for j := range h.Employments[i].Records {
			add(&h.Employments[i].Records[j].Authorship)
		}
	}
	return list
}

// Filter says which part of a history is asked for; its zero value asks for all.
type Filter struct {
	Payer   string // UNP
	Year    int    // of the reports
	Changed bool   // only what was reported or recorded more than once
}

// Select gives the part of the history that the filter leaves.
func (h *History) Select(f Filter) History {
	part := *New(h.Person)
	for _, s := range h.Slots {
		if (f.Payer == "" || s.Payer == f.Payer) && (f.Year == 0 || s.Year == f.Year) &&
			(!f.Changed || len(s.Versions) > 1) {
			part.Slots = append(part.Slots, s)
		}
	}
	slices.SortStableFunc(part.Slots, func(a, b Slot) int {
		return cmp.Or(cmp.Compare(a.Payer, b.Payer), cmp.Compare(a.Year, b.Year),
			cmp.Compare(a.Quarters, b.Quarters))
	})
	part.Occupational = h.selectOccupational(f)
	for _, x := range h.Employments {
		changed := slices.ContainsFunc(x.Records, func(r Record) bool {
			return r.Kind != Hire && r.Kind != Dismissal
		})
		if (f.Payer == "" || x.Payer == f.Payer) && (!f.Changed || changed) {
			part.Employments = append(part.Employments, x)
		}
	}
	return part
}
