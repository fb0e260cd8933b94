// Package entitlement answers a claim to a pension or another benefit: it establishes from
// the insured person's account what the law asks for, carries out the rules of the kind of
// benefit, and gives the amount or every condition that is not met, with a trace that a
// citizen can follow and a court can check.
//
// It is pure: the same account, law and details give the same trace, byte for byte. Which
// rules make a benefit is data (the classifier of benefits); that data and the rules of
// package rules are all there is to a new benefit.
package entitlement

import (
	"fmt"
	"slices"
	"strings"

	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/ledger/rules"
)

// Pays says how a benefit is paid.
type Pays string

// The ways of paying.
const (
	Monthly Pays = account.PaysMonthly
	Once    Pays = "once"
	ForTime Pays = "period" // one sum for a time
)

// Kind is a kind of benefit, as the classifier of benefits describes it.
type Kind struct {
	Code  string     `json:"code"`
	Title rules.Text `json:"title"`
	// Pension tells pensions, which are indexed and reviewed, from other benefits.
	Pension bool `json:"pension"`
	Pays    Pays `json:"pays"`
	// Entitlement is the rule that tells whether there is a right, empty where the amount's
	// rule tells; Each is one that every item of the details' List must meet by itself.
	Entitlement string `json:"entitlement,omitempty"`
	Each        string `json:"each,omitempty"`
	List        string `json:"list,omitempty"`
	// Amount gives the sum, Partial the one of a partial pension, Increase what a deferral
	// adds; the latter is used when the details give one of its fields.
	Amount   string `json:"amount"`
	Partial  string `json:"partial,omitempty"`
	Increase string `json:"increase,omitempty"`
	// Index is the rule by which the amount follows wages or prices; the rates say of what
	// it is at least, or always, a part.
	Index              string     `json:"index,omitempty"`
	MinimumRate        money.Rate `json:"minimum_rate,omitempty"`
	PartialMinimumRate money.Rate `json:"partial_minimum_rate,omitempty"`
	SubsistenceRate    money.Rate `json:"subsistence_rate,omitempty"`
	// Fixed are fields of the rules that are the same for every claim of the kind, Alias
	// are fields that are known under another name.
	Fixed map[string]string `json:"fixed,omitempty"`
	Alias map[string]string `json:"alias,omitempty"`
	// SubjectInDetails: sex and birth date that the rules ask for are not those of the
	// insured person but of somebody named in the details, such as a child.
	SubjectInDetails bool `json:"subject_in_details,omitempty"`
	// Excludes are kinds that nobody receives at the same time as this one.
	Excludes []string `json:"excludes,omitempty"`
	// Body is who pays where it is not the Fund.
	Body string `json:"body,omitempty"`
	// Fund names the fund where it is one of its own, which pays of the person's savings.
	Fund string `json:"fund,omitempty"`
}

// KindOf reads a kind from the classifier in force on a day; ok is false when there is
// none. The error says what in the published entry cannot be understood.
func KindOf(law *account.Law, code string, on period.Date) (kind Kind, ok bool, err error) {
	entry, ok := law.Code(account.ClassifierBenefit, code, on)
	if !ok {
		return Kind{}, false, nil
	}
	kind, err = kindOf(entry)
	return kind, true, err
}

// Kinds gives all kinds in force on a day.
func Kinds(law *account.Law, on period.Date) ([]Kind, error) {
	entries := law.Classifier(account.ClassifierBenefit, on)
	kinds := make([]Kind, len(entries))
	for i, entry := range entries {
		var err error
		if kinds[i], err = kindOf(entry); err != nil {
			return nil, err
		}
	}
	return kinds, nil
}

func kindOf(entry event.ClassifierEntry) (Kind, error) {
	k := Kind{Code: entry.Code,
		Title: rules.Text{RU: entry.TitleRU, BE: entry.TitleBE, EN: entry.TitleEN},
		Fixed: map[string]string{}, Alias: map[string]string{}}
	for _, a := range entry.Attributes {
		if err := k.set(a.Key, a.Value); err != nil {
			return Kind{}, fmt.Errorf("benefit %s: attribute %s: %w", entry.Code, a.Key, err)
		}
	}
	if k.Amount == "" || k.Pays == "" {
		return Kind{}, fmt.Errorf("benefit %s: attributes amount and pays are needed", entry.Code)
	}
	return k, nil
}

// errAttribute: the classifier uses a word that this program does not know.
var errAttribute = fmt.Errorf("not understood by this program")

func (k *Kind) set(key, value string) (err error) {
	for _, to := range []struct {
		key string
		at  *string
	}{
		{"entitlement", &k.Entitlement}, {"each", &k.Each}, {"amount", &k.Amount},
		{"partial", &k.Partial}, {"increase", &k.Increase}, {"index", &k.Index},
	} {
		if key == to.key {
			*to.at = value
			_, err = rules.Find(value)
			return err
		}
	}
	switch key {
	case "pension":
		k.Pension, err = yes(value)
	case "pays":
		k.Pays = Pays(value)
		if k.Pays != Monthly && k.Pays != Once && k.Pays != ForTime {
			err = errAttribute
		}
	case "list":
		k.List = value
	case "body":
		k.Body = value
	case account.AttributeFund:
		k.Fund = value
	case "subject_in_details":
		k.SubjectInDetails, err = yes(value)
	case "excludes":
		k.Excludes = strings.Fields(value)
	case "minimum_rate":
		k.MinimumRate, err = money.ParseRate(value)
	case "partial_minimum_rate":
		k.PartialMinimumRate, err = money.ParseRate(value)
	case "subsistence_rate":
		k.SubsistenceRate, err = money.ParseRate(value)
	case "unverified":
	default:
		if field, ok := strings.CutPrefix(key, "fixed."); ok {
			k.Fixed[field] = value
		} else if field, ok := strings.CutPrefix(key, "alias."); ok {
			k.Alias[field] = value
		} else {
			err = errAttribute
		}
	}
	return err
}

func yes(word string) (bool, error) {
	if word != "yes" && word != "no" {
		return false, errAttribute
	}
	return word == "yes", nil
}

// RuleIDs gives the rules that a claim of the kind may need, in the order of their use.
func (k *Kind) RuleIDs() []string {
	return slices.DeleteFunc([]string{k.Each, k.Entitlement, k.Amount, k.Partial, k.Increase},
		func(id string) bool { return id == "" })
}
