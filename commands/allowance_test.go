package commands_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/commands"
	"github.com/stazh/stazh/commands/intake/document"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/period"
)

// The classifier of activities loses column 4 of the note with effect for the past, and gets
// it back. What each version puts into the column is what the Fund knew when it was recorded,
// and a later version takes just that out again: a cancellation always leaves nothing.
func TestNoteDoesNotDriftWithTheClassifier(t *testing.T) {
	t.Parallel()
	k := newKit(t, nil)
	w := k.staff(1)[0]
	leave := func(kind, benefits string) document.Document {
		d := quarter(w, "500.00")
		d.Type = kind
		for i := range d.Data.Months {
			d.Data.Months[i].Benefits = amount(benefits)
		}
		d.Data.Declared.Benefits = 3 * amount(benefits)
		d.Data.Service[0].Activity = "ДЕТИ"
		return d
	}
	allowances := func() string {
		payer, _ := k.payer(unp)
		return payer.Individual[0].Allowances.String()
	}
	file := func(d document.Document) {
		k.wait(time.Hour)
		d.FilledOn = commands.FundDate(*k.now)
		f := k.file(report(t, pack(document.PU3), d))
		require.Equal(t, 1, f.Processed.Accepted, "%v", k.findings(f))
	}
	file(leave(document.Original, "40.00"))
	require.Equal(t, "120.00", allowances())
	k.republish("ДЕТИ", func(e *event.ClassifierEntry) {
		e.Attributes = slices.DeleteFunc(slices.Clone(e.Attributes),
			func(a event.Attribute) bool { return a.Key == account.AttributeNoteColumn })
	})
	file(leave(document.Correction, "50.00"))
	require.Equal(t, "0.00", allowances(), "the 120.00 are out, nothing comes in any more")
	k.republish("ДЕТИ", func(*event.ClassifierEntry) {})
	file(leave(document.Correction, "60.00"))
	require.Equal(t, "180.00", allowances(), "of the version before nothing is taken out")
	file(leave(document.Cancellation, "60.00"))
	require.Equal(t, "0.00", allowances(), "a cancellation leaves nothing")
}

// republish publishes the classifier of activities of the program anew, with one entry
// changed, as if it had always been so.
func (k *kit) republish(code string, change func(*event.ClassifierEntry)) {
	k.t.Helper()
	k.wait(time.Hour)
	for _, c := range k.law().Classifiers {
		if c.Name != account.ClassifierActivity {
			continue
		}
		c.From = period.MustDate("2003-01-01")
		for i := range c.Entries {
			if c.Entries[i].Code == code {
				change(&c.Entries[i])
			}
		}
		n, err := k.bus.PublishLaw(k.t.Context(), commands.PublishLaw{Actor: clerk,
			Classifiers: []event.ClassifierPublished{c}})
		require.NoError(k.t, err)
		require.Equal(k.t, 1, n)
	}
	k.wait(time.Hour)
}
