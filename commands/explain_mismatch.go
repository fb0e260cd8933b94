package commands

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/ledger/reconciliation"
	"github.com/stazh/stazh/ledger/settlement"
)

// explanationMax bounds the payer's words, in characters: a page.
const explanationMax = 4000

// ExplainMismatch is the payer's reason for a difference.
type ExplainMismatch struct {
	Actor   ledger.Actor
	Payer   string
	Year    int
	Quarter int
	Kind    string // of package reconciliation
	Text    string
}

// ExplainMismatch records the reason with the difference as it stands. The words go into the
// archive: nobody can tell what is in them.
func (b *Bus) ExplainMismatch(ctx context.Context, c ExplainMismatch) (ledger.Position, error) {
	text := strings.TrimSpace(c.Text)
	switch {
	case !slices.Contains(reconciliation.Kinds(), c.Kind):
		return 0, refuse(Invalid, "mismatch_kind_unknown",
			"the kind must be one of %s", strings.Join(reconciliation.Kinds(), ", "))
	case text == "" || !utf8.ValidString(text) || utf8.RuneCountInString(text) > explanationMax:
		return 0, refuse(Invalid, "explanation_invalid",
			"give the reason in 1 to %d characters", explanationMax)
	}
	name, _, err := b.Archive.Put(ctx, bytes.NewReader([]byte(text)))
	if err != nil {
		return 0, err
	}
	return b.onPayer(ctx, c.Payer, ledger.Meta{Actor: c.Actor},
		func(p *account.Payer, law *account.Law, today period.Date) ([]event.Payload, error) {
			b := settlement.Of(p, law, today)
			unpaid, _ := reconciliation.Paid(p, &b)
			for _, m := range slices.Concat(reconciliation.Of(p), unpaid) {
				if m.Kind != c.Kind || m.Year != c.Year || m.Quarter != c.Quarter {
					continue
				}
				fact := event.MismatchExplained{Form: reconciliation.Form(c.Kind),
					Year: c.Year, Quarter: c.Quarter, Kind: c.Kind, Difference: m.Difference, Text: name}
				if x, ok := p.Explained(c.Kind, c.Year, c.Quarter); ok &&
					x.MismatchExplained == fact {
					return nil, nil
				}
				return []event.Payload{&fact}, nil
			}
			return nil, refuse(NotFound, "mismatch_unknown",
				"nothing differs there now: there is nothing to explain")
		})
}
