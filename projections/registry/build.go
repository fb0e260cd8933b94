package registry

import (
	"bytes"
	"context"
	"strings"

	"github.com/google/uuid"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/projections"
)

// personsAtOnce is the number of persons whose keys are looked up together.
const personsAtOnce = 2_000

// NewBuild implements projections.Builder: every row follows from one stream.
func (p *Projection) NewBuild() projections.Build { return p }

// Handles is true for registrations and personal data.
func (*Projection) Handles(empty event.Payload) bool {
	switch empty.(type) {
	case *event.PersonRegistered, *event.PersonalDataChanged, *event.AccountsMerged,
		*event.AccountsSplit, *event.IdentityConfirmed,
		*event.PayerRegistered, *event.PayerDeregistered:
		return true
	}
	return false
}

// NewPart begins with nobody.
func (p *Projection) NewPart() projections.Part {
	return &part{projection: p, who: newIdentities()}
}

// Rest has nothing to add.
func (*Projection) Rest(*projections.Rows) {}

// part gathers who persons and payers are.
type part struct {
	projection *Projection
	who        *identities // whose rows are held back
	person     ledger.PersonID
	ofPerson   bool
	payer      payerRow
}

func (p *part) Begin(stream ledger.StreamID) {
	p.person, p.ofPerson = stream.Person()
	unp, _ := stream.Payer()
	p.payer = payerRow{Payer: Payer{UNP: unp}}
}

func (p *part) Take(events []projections.Event) error {
	for i := range events {
		if p.ofPerson {
			p.who.take(p.person, &events[i])
		} else {
			p.payer.apply(&events[i])
		}
	}
	return nil
}

func (p *part) End(ctx context.Context, rows *projections.Rows) error {
	if p.payer.position > 0 {
		p.payer.write(rows)
	}
	if who := p.who.found[p.person]; p.ofPerson && who != nil {
		// What the row is made from is kept beyond the end of the stream.
		who.sealed.Box = bytes.Clone(who.sealed.Box)
		if who.provisional != nil {
			provisional := *who.provisional
			who.provisional = &provisional
		}
	}
	if len(p.who.ids) < personsAtOnce {
		return nil
	}
	return p.Close(ctx, rows)
}

// Close opens the personal data of those whose rows were held back, with one look for
// their keys.
func (p *part) Close(ctx context.Context, rows *projections.Rows) error {
	list, err := p.projection.openPersons(ctx, p.who)
	for i := range list {
		list[i].write(rows)
	}
	p.who = newIdentities()
	return err
}

// write gives the row of a person, in the order of the table's columns.
func (r *personRow) write(rows *projections.Rows) {
	rows.Table("person", 14)
	rows.UUID(r.id)
	rows.Bool(r.known)
	rows.Text(r.data.InsuranceNo)
	rows.Text(r.data.Surname)
	rows.Text(r.data.Name)
	rows.Text(r.data.Patronymic)
	rows.Date(r.data.BirthDate)
	rows.Text(r.data.Sex)
	rows.Bool(r.provisional != nil && *r.provisional)
	if r.registeredAt == nil {
		rows.Null()
	} else {
		rows.Time(*r.registeredAt)
	}
	rows.Text(strings.Join(r.words, " "))
	rows.Int32s(indexKeys(r.words))
	if r.mergedInto == nil || *r.mergedInto == uuid.Nil {
		rows.Null()
	} else {
		rows.UUID(*r.mergedInto)
	}
	rows.Int64(int64(r.position))
}

// write gives the row of a payer, in the order of the table's columns.
func (r *payerRow) write(rows *projections.Rows) {
	list := words(r.Name)
	rows.Table("payer", 11)
	rows.Text(r.UNP)
	rows.Bool(r.registered)
	rows.Text(r.Name)
	rows.Text(r.FundNo)
	rows.Text(r.Office)
	rows.Text(r.Kind)
	rows.Date(r.Since)
	rows.Date(r.DeregisteredOn)
	rows.Text(strings.Join(list, " "))
	rows.Int32s(indexKeys(list))
	rows.Int64(int64(r.position))
}
