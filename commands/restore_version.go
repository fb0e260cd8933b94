package commands

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"

	"github.com/stazh/stazh/commands/intake/control"
	"github.com/stazh/stazh/commands/intake/document"
	"github.com/stazh/stazh/commands/intake/format"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
)

// RestoreVersion names a former version of a ПУ-3 or ПУ-6: by the receipt and number of a
// document that made the form slot or changed it.
type RestoreVersion struct {
	Payer   string
	Receipt string
	DocNo   int // 0 where the filing has one document on an insured person
	Version int // to be brought back
}

// MakeRestore writes the document that brings a former version of a report back, with the
// receipt of the version in force. It is then previewed and filed like any other.
func (b *Bus) MakeRestore(ctx context.Context, c RestoreVersion, w io.Writer) error {
	folds, err := b.payer(ctx, c.Payer)
	if err != nil {
		return err
	}
	d, p, err := b.restoreOf(ctx, folds.filings, c)
	if err != nil {
		return err
	}
	keys, err := b.Keys.PersonKeys(ctx, []ledger.PersonID{p.ID}, false)
	if err != nil {
		return err
	}
	if keys[p.ID] == nil || !p.Registered {
		return refuse(Conflict, "person_erased",
			"the personal data of this account were destroyed: nothing can be decided on it")
	}
	data, err := openPersonal(keys[p.ID], p.Personal)
	if err != nil {
		return err
	}
	d.Data.Names, d.Restores, d.FilledOn = namesOf(data), c.Version, FundDate(b.Clock())
	head := headOf(folds.payer, d.Form)
	number(d, 1, head)
	return format.WriteJSON(w, head, func(yield func(*document.Document) bool) { yield(d) })
}

// restoreOf finds the form slot that a document made or changed, and begins the document
// that restores a version of it; the account is the one that holds the slot.
func (b *Bus) restoreOf(ctx context.Context, filings *account.Filings, c RestoreVersion,
) (*document.Document, *account.Person, error) {
	id, no, err := b.reportedIn(ctx, filings, c)
	if err != nil {
		return nil, nil, err
	}
	persons, err := b.persons(ctx, []ledger.PersonID{id}, nil)
	if err != nil {
		return nil, nil, err
	}
	if named := persons[id]; named != nil {
		accounts, err := b.joined(ctx, named)
		if err != nil {
			return nil, nil, err
		}
		for _, p := range accounts {
			if d := restoreIn(p, c, no); d != nil {
				return d, p, nil
			}
		}
	}
	return nil, nil, refuse(NotFound, "report_unknown",
		"no report of this receipt and number is in the accounts: check both")
}

// restoreIn begins the document on a slot of one account; nil when the account has none that
// the named document made.
func restoreIn(p *account.Person, c RestoreVersion, no int) *document.Document {
	is := func(receipt string, n int) bool { return receipt == c.Receipt && n == no }
	slots := p.Slots()
	for i := range slots {
		s := &slots[i]
		if s.Payer == c.Payer && (is(s.Receipt, s.DocNo) ||
			slices.ContainsFunc(s.Former, func(v account.Version) bool {
				return is(v.Receipt, v.DocNo)
			})) {
			return correctionOf(s, event.PersonalData{}, document.Restore, 0)
		}
	}
	for i := range p.Occupational {
		s := &p.Occupational[i]
		if s.Payer == c.Payer && (is(s.Receipt, s.DocNo) ||
			slices.ContainsFunc(s.Former, func(v account.OccupationalVersion) bool {
				return is(v.Receipt, v.DocNo)
			})) {
			return &document.Document{Form: document.PU6, Type: document.Restore, Year: s.Year,
				Quarters: strconv.Itoa(s.Quarter), Supersedes: s.Receipt,
				Data: &document.IndividualData{}}
		}
	}
	return nil
}

// reportedIn reads from the filed file whom a document of it is about.
func (b *Bus) reportedIn(ctx context.Context, filings *account.Filings, c RestoreVersion,
) (id ledger.PersonID, no int, err error) {
	filing, ok := filings.ByReceipt(c.Receipt)
	if !ok {
		return id, 0, refuse(NotFound, "filing_unknown",
			"no filing is known by this reference: check the receipt number")
	}
	content, err := b.Archive.Open(ctx, filing.SHA256)
	if err != nil {
		return id, 0, err
	}
	defer content.Close() //nolint:errcheck // only read
	file, err := format.Open(content, "", format.Limits{})
	if err != nil {
		return id, 0, fmt.Errorf("read the filed file: %w", err)
	}
	defer file.Close() //nolint:errcheck // only read
	for item, err := range file.Items(ctx) {
		if err != nil {
			return id, 0, fmt.Errorf("read the filed file: %w", err)
		}
		d := item.Document
		if d == nil || d.Data == nil || c.DocNo != 0 && d.No != c.DocNo {
			continue
		}
		if no != 0 {
			return id, 0, refuse(Invalid, "document_missing",
				"the filing has several documents: give the number of the one that is meant")
		}
		no = d.No
		id = b.Keys.PersonID(control.NormalizePersonalNo(d.Data.Insurance))
	}
	return id, no, nil
}
