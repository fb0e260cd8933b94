package event

import (
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/period"
)

// ParameterPublished gives a number of the law its value for a time.
type ParameterPublished struct {
	Name       string      `json:"name"`
	Value      string      `json:"value"` // decimal text; amounts in BYN
	From       period.Date `json:"from"`
	Until      period.Date `json:"until,omitzero"` // last day; zero while in force
	Act        string      `json:"act"`
	Source     string      `json:"source"`
	Unverified bool        `json:"unverified"`
	Demo       bool        `json:"demo"` // invented for the demonstration country
}

// EventType is the stored name.
func (*ParameterPublished) EventType() string { return "law.parameter_published.v1" }

// Fields is the canonical form.
func (e *ParameterPublished) Fields(c *ledger.Codec) {
	c.String(&e.Name)
	c.String(&e.Value)
	c.Date(&e.From)
	c.Date(&e.Until)
	c.String(&e.Act)
	c.String(&e.Source)
	c.Bool(&e.Unverified)
	c.Bool(&e.Demo)
}

// Attribute is one property of a classifier's entry.
type Attribute struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// ClassifierEntry is one code of a classifier with its titles.
type ClassifierEntry struct {
	Code       string      `json:"code"`
	TitleRU    string      `json:"title_ru"`
	TitleBE    string      `json:"title_be"`
	TitleEN    string      `json:"title_en"`
	From       period.Date `json:"from,omitzero"`
	Until      period.Date `json:"until,omitzero"`
	Attributes []Attribute `json:"attributes,omitempty"` // sorted by key
}

// Attribute gives the value of a property, empty when there is none.
func (e ClassifierEntry) Attribute(key string) string {
	for _, a := range e.Attributes {
		if a.Key == key {
			return a.Value
		}
	}
	return ""
}

// ClassifierPublished replaces a code list from a day on.
type ClassifierPublished struct {
	Name    string            `json:"name"`
	From    period.Date       `json:"from,omitzero"`
	Entries []ClassifierEntry `json:"entries"`
}

// EventType is the stored name.
func (*ClassifierPublished) EventType() string { return "law.classifier_published.v1" }

// Fields is the canonical form.
func (e *ClassifierPublished) Fields(c *ledger.Codec) {
	c.String(&e.Name)
	c.Date(&e.From)
	ledger.Slice(c, &e.Entries, func(c *ledger.Codec, x *ClassifierEntry) {
		c.String(&x.Code)
		c.String(&x.TitleRU)
		c.String(&x.TitleBE)
		c.String(&x.TitleEN)
		c.Date(&x.From)
		c.Date(&x.Until)
		ledger.Slice(c, &x.Attributes, func(c *ledger.Codec, a *Attribute) {
			c.String(&a.Key)
			c.String(&a.Value)
		})
	})
}

// RuleSeverity is how a control rule of a pack weighs: between WarnFrom and EnforceFrom
// it only warns, from EnforceFrom on it has its severity.
type RuleSeverity struct {
	Code        string      `json:"code"`
	Severity    string      `json:"severity"` // F E P W I
	WarnFrom    period.Date `json:"warn_from,omitzero"`
	EnforceFrom period.Date `json:"enforce_from,omitzero"`
}

// RulePackPublished puts a version of the control rules in force.
type RulePackPublished struct {
	Version string         `json:"version"`
	From    period.Date    `json:"from"`
	Rules   []RuleSeverity `json:"rules"`
}

// EventType is the stored name.
func (*RulePackPublished) EventType() string { return "law.rule_pack_published.v1" }

// Fields is the canonical form.
func (e *RulePackPublished) Fields(c *ledger.Codec) {
	c.String(&e.Version)
	c.Date(&e.From)
	ledger.Slice(c, &e.Rules, func(c *ledger.Codec, r *RuleSeverity) {
		c.String(&r.Code)
		c.String(&r.Severity)
		c.Date(&r.WarnFrom)
		c.Date(&r.EnforceFrom)
	})
}
