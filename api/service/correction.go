package service

import (
	"bytes"
	"context"

	"github.com/stazh/stazh/api/auth"
	"github.com/stazh/stazh/commands"
	"github.com/stazh/stazh/commands/intake/control"
	"github.com/stazh/stazh/ledger"
)

// ChannelMass is that of files that a mass correction makes.
const ChannelMass = "mass"

// Correction asks for a file of corrections that is made from the versions in force: a mass
// correction, or a former version to be brought back. Just one of them is given.
type Correction struct {
	Mass    *MassCorrection
	Restore *RestoreVersion
	// Ground is the act the caller relies on, if any.
	Ground string
}

// MassCorrection is one change to all reports of a payer for a time.
type MassCorrection = commands.MassCorrection

// RestoreVersion names a former version of a report.
type RestoreVersion struct {
	Receipt  string // of a document that made the report or changed it
	Document int    // 0 where the filing has one on an insured person
	Version  int    // to be brought back
}

// CorrectionView is what a correction would be answered and would do.
type CorrectionView struct {
	PreviewView
	// Persons is how many persons there are documents on.
	Persons int `json:"persons"`
	// Nameless are persons whose data are not known any more, so that there is no document.
	Nameless int `json:"nameless"`
	// Next continues with what did not fit into one file; absent when all did.
	Next ledger.PersonID `json:"next,omitzero"`
}

// made is a file made from the ledger.
type made struct {
	commands.MassDocuments
	payer   string
	channel string
	content []byte
}

func (s *Service) make(ctx context.Context, in Correction) (made, error) {
	var m made
	var b bytes.Buffer
	var err error
	switch {
	case (in.Mass == nil) == (in.Restore == nil):
		return m, refuse(commands.Invalid, "correction_incomplete",
			"give either a mass correction or a version to be brought back")
	case in.Mass != nil:
		m.payer, m.channel = control.NormalizeUNP(in.Mass.Payer), ChannelMass
		ask := *in.Mass
		ask.Payer = m.payer
		m.MassDocuments, err = s.bus.MakeMassCorrection(ctx, ask, &b)
	default:
		row, _, rowErr := s.filingRow(ctx, FilingRef{Receipt: in.Restore.Receipt})
		if rowErr != nil {
			return m, found(rowErr, filingUnknown)
		}
		m.payer, m.channel = row.Payer, ChannelAPI
		m.Documents, m.Persons = 1, 1
		err = s.bus.MakeRestore(ctx, commands.RestoreVersion{Payer: m.payer,
			Receipt: row.Receipt, DocNo: in.Restore.Document, Version: in.Restore.Version}, &b)
	}
	m.content = b.Bytes()
	return m, err
}

// PreviewCorrection makes the documents of a correction and tells what they would do.
// Nothing is recorded.
func (s *Service) PreviewCorrection(ctx context.Context, c Caller, in Correction,
	each func(control.Finding) error) (CorrectionView, error) {
	if err := allow(c, auth.CheckFiling, auth.KindFiling, ""); err != nil {
		return CorrectionView{}, err
	}
	m, err := s.make(ctx, in)
	if err != nil {
		return CorrectionView{}, err
	}
	v := CorrectionView{Persons: m.Persons, Nameless: m.Nameless, Next: m.Next}
	v.PreviewView, err = s.Preview(ctx, c, Submission{Payer: m.payer,
		Content: bytes.NewReader(m.content), AllOrNothing: true}, each)
	return v, err
}

// SubmitCorrection makes the documents of a correction and files them, if they still do what
// the preview of the token showed: all of them or none.
func (s *Service) SubmitCorrection(ctx context.Context, c Caller, in Correction,
	token ledger.Hash) (Answer[FilingReceipt], error) {
	var none Answer[FilingReceipt]
	if err := allow(c, auth.SubmitFiling, auth.KindFiling, ""); err != nil {
		return none, err
	}
	if token.IsZero() {
		return none, refuse(commands.Invalid, "preview_missing",
			"give the token of the preview: such a correction is sent only as it was shown")
	}
	m, err := s.make(ctx, in)
	if err != nil {
		return none, err
	}
	r, err := s.bus.ReceiveFiling(ctx, commands.ReceiveFiling{Actor: c, Ground: in.Ground,
		Payer: m.payer, Content: bytes.NewReader(m.content), Channel: m.channel,
		AllOrNothing: true, Preview: token})
	if err != nil {
		return none, s.withPreview(ctx, c, m.payer, err)
	}
	return receiptOf(r), nil
}
