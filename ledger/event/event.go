// Package event holds the facts of the ledger: one plain struct per event type with its
// stored name and canonical form beside it, in one file per subject. It decides nothing.
package event

import (
	"encoding/json"
	"fmt"

	"github.com/google/uuid"

	"github.com/stazh/stazh/ledger"
)

// Payload is a fact. Implementations are pointers to the structs of this package.
type Payload interface {
	// EventType is the stored name, such as "payer.registered.v1".
	EventType() string
	// Fields describes the canonical form in both directions.
	Fields(c *ledger.Codec)
}

// Subject is what the events of a type are about, and with it the streams they stand in.
type Subject int

// Subjects.
const (
	Person Subject = iota + 1 // person-<id>
	Payer                     // payer-<UNP>
	Law                       // law
)

// published is a type that was published.
type published struct {
	subject Subject
	make    func() Payload
}

// registry has each published type by its name. A published type never changes: a change
// is a new version plus an entry in upcasters.
var registry = map[string]published{}

// upcasters turn a payload of an older type into the next version's; decoding follows
// them until there is none. The stored bytes and their hash stay as they are.
var upcasters = map[string]func(Payload) Payload{}

// list is the one place where event types are published.
var _ = [...]struct{}{publish(Person,
	func() Payload { return new(PersonRegistered) },
	func() Payload { return new(PersonalDataChanged) },
	func() Payload { return new(EmploymentStarted) },
	func() Payload { return new(EmploymentEnded) },
	func() Payload { return new(IndividualDataReported) },
	func() Payload { return new(IndividualDataCorrected) },
	func() Payload { return new(IndividualDataCancelled) },
	func() Payload { return new(IndividualDataRestored) },
	func() Payload { return new(IndividualDataReportedForPension) },
	func() Payload { return new(EmploymentRecordCorrected) },
	func() Payload { return new(EmploymentRecordCancelled) },
	func() Payload { return new(InsuranceCertificateReplaced) },
	func() Payload { return new(ConfirmationProposed) },
	func() Payload { return new(PeriodConfirmed) },
	func() Payload { return new(SetAsideProposed) },
	func() Payload { return new(ConfirmationSetAside) },
	func() Payload { return new(ConfirmationReturned) },
	func() Payload { return new(SpecialPeriodRecorded) },
	func() Payload { return new(SpecialPeriodCancelled) },
	func() Payload { return new(BenefitClaimed) },
	func() Payload { return new(BenefitEvidenceRecorded) },
	func() Payload { return new(ClaimWithdrawn) },
	func() Payload { return new(BenefitCalculated) },
	func() Payload { return new(CalculationReturned) },
	func() Payload { return new(PensionAssigned) },
	func() Payload { return new(PensionRecalculated) },
	func() Payload { return new(BenefitGranted) },
	func() Payload { return new(ClaimRefused) },
	func() Payload { return new(PensionReviewFlagged) },
	func() Payload { return new(BenefitTerminated) },
	func() Payload { return new(PensionIndexed) },
	func() Payload { return new(AccountDecisionProposed) },
	func() Payload { return new(AccountDecisionReturned) },
	func() Payload { return new(AccountsMerged) },
	func() Payload { return new(AccountsSplit) },
	func() Payload { return new(ProvisionalOpened) },
	func() Payload { return new(IdentityConfirmed) },
	func() Payload { return new(DisputeOpened) },
	func() Payload { return new(DisputeAnswered) },
	func() Payload { return new(DisputeDecided) },
	func() Payload { return new(DisputeSettled) },
	func() Payload { return new(DisputeWithdrawn) },
	func() Payload { return new(OccupationalDataReported) },
	func() Payload { return new(OccupationalDataCorrected) },
	func() Payload { return new(OccupationalDataCancelled) },
	func() Payload { return new(OccupationalDataRestored) },
	func() Payload { return new(OccupationalYieldCredited) },
), publish(Payer,
	func() Payload { return new(PayerRegistered) },
	func() Payload { return new(PayerDeregistered) },
	func() Payload { return new(FilingReceived) },
	func() Payload { return new(FilingKeyBound) },
	func() Payload { return new(DocumentsPosted) },
	func() Payload { return new(DocumentParked) },
	func() Payload { return new(ParkedDocumentReleased) },
	func() Payload { return new(ParkedDocumentExpired) },
	func() Payload { return new(FilingProcessed) },
	func() Payload { return new(LiabilityAssessed) },
	func() Payload { return new(LiabilityAwaitsParameter) },
	func() Payload { return new(OccupationalAssessed) },
	func() Payload { return new(PaymentReceived) },
	func() Payload { return new(PayerReportAccepted) },
	func() Payload { return new(PayerReportCorrected) },
	func() Payload { return new(PayerReportCancelled) },
	func() Payload { return new(NilReportDeclared) },
	func() Payload { return new(MismatchExplained) },
	func() Payload { return new(PersonsJoined) },
	func() Payload { return new(CorrectionProposed) },
	func() Payload { return new(CorrectionObjected) },
	func() Payload { return new(ObjectionAnswered) },
	func() Payload { return new(CorrectionApproved) },
	func() Payload { return new(CorrectionDeclined) },
	func() Payload { return new(PaymentReturned) },
	func() Payload { return new(PaymentSuspended) },
	func() Payload { return new(SuspendedPaymentMatched) },
	func() Payload { return new(BenefitExpenseClaimed) },
	func() Payload { return new(BenefitExpenseRefused) },
	func() Payload { return new(OverpaymentOffset) },
	func() Payload { return new(RefundRequested) },
	func() Payload { return new(RefundProposed) },
	func() Payload { return new(RefundPaid) },
	func() Payload { return new(RefundReturned) },
	func() Payload { return new(DefermentProposed) },
	func() Payload { return new(DefermentRevoked) },
	func() Payload { return new(PenaltyWaiverProposed) },
	func() Payload { return new(ProposalApproved) },
	func() Payload { return new(ProposalDeclined) },
), publish(Law,
	func() Payload { return new(ParameterPublished) },
	func() Payload { return new(ClassifierPublished) },
	func() Payload { return new(RulePackPublished) },
	func() Payload { return new(IndexationDecreed) },
	func() Payload { return new(IndexationPrepared) },
	func() Payload { return new(IndexationApproved) },
	func() Payload { return new(IndexationCompleted) },
	func() Payload { return new(OutageDeclared) },
	func() Payload { return new(DeadlineExtended) },
	func() Payload { return new(OccupationalYieldPrepared) },
	func() Payload { return new(OccupationalYieldApproved) },
	func() Payload { return new(OccupationalYieldCompleted) },
)}

func publish(subject Subject, makers ...func() Payload) struct{} {
	for _, m := range makers {
		registry[m().EventType()] = published{subject, m}
	}
	return struct{}{}
}

// Types lists the stored names of all published event types.
func Types() []string {
	names := make([]string, 0, len(registry))
	for name := range registry {
		names = append(names, name)
	}
	return names
}

// SubjectOf gives the subject of a payload.
func SubjectOf(p Payload) Subject { return registry[p.EventType()].subject }

// Zero gives an empty payload as Decode would for events of the stored type: of the newest
// version.
func Zero(eventType string) (Payload, error) {
	known, ok := registry[eventType]
	if !ok {
		return nil, unknown(eventType)
	}
	return upcast(known.make()), nil
}

// payloadSizeUsual is room for the payload of nearly every event.
const payloadSizeUsual = 192

// Encode gives the canonical bytes of a payload.
func Encode(p Payload) []byte {
	c := ledger.NewEncoder(make([]byte, 0, payloadSizeUsual))
	p.Fields(c)
	return c.Encoded()
}

// New makes an event to append from a payload.
func New(id uuid.UUID, meta ledger.Meta, p Payload) ledger.NewEvent {
	return ledger.NewEvent{ID: id, Type: p.EventType(), Meta: meta, Payload: Encode(p)}
}

// Encoder makes many events with fewer allocations than New: their payloads stand behind each
// other in memory that they share. Its zero value is ready; it is used by one goroutine.
type Encoder struct{ codec *ledger.Codec }

// encoderRoom is how much memory payloads share. One event that is kept for long keeps so
// much alive.
const encoderRoom = 32 << 10

// Expect makes room for the payloads of so many events, as far as an Encoder has them share
// it. Without it there is room for those of many.
func (w *Encoder) Expect(events int) {
	w.codec = ledger.NewEncoder(make([]byte, 0, min(events*payloadSizeUsual, encoderRoom)))
}

// New is the function of the same name.
func (w *Encoder) New(id uuid.UUID, meta ledger.Meta, p Payload) ledger.NewEvent {
	if w.codec == nil {
		w.codec = ledger.NewEncoder(nil)
	}
	start := len(w.codec.Encoded())
	if cap(w.codec.Encoded())-start < payloadSizeUsual {
		w.codec.Reset(make([]byte, 0, encoderRoom))
		start = 0
	}
	p.Fields(w.codec)
	all := w.codec.Encoded()
	return ledger.NewEvent{ID: id, Type: p.EventType(), Meta: meta,
		Payload: all[start:len(all):len(all)]}
}

// Decode reads the payload of an event and brings it to the newest version of its type.
// An unknown type, a field too many or bytes cut short are errors: a program that does
// not understand a fact must not go on as if it were not there.
func Decode(e ledger.Event) (Payload, error) { return decode(e.Type, e.Payload) }

// Decoder decodes many events with fewer allocations than Decode. It is used by one
// goroutine at a time.
type Decoder struct {
	codec *ledger.Codec
	kinds map[string]*kind // met before
	last  *kind
	reuse bool
}

// kind is what a decoder knows of a type.
type kind struct {
	name string
	make func() Payload
	up   bool      // it has an upcaster
	made []Payload // to be used again
	used int       // of those made
}

// NewDecoder makes a decoder whose payloads are the caller's to keep.
func NewDecoder() *Decoder {
	return &Decoder{codec: ledger.NewReusingDecoder(), kinds: map[string]*kind{}}
}

// NewReusingDecoder makes a decoder whose payloads, and all that they hold but texts, are
// used for other events after the next call of Recycle. It makes next to no garbage.
func NewReusingDecoder() *Decoder {
	d := NewDecoder()
	d.reuse = true
	return d
}

// Recycle takes all payloads back. The caller must have let go of them.
func (d *Decoder) Recycle() {
	for _, k := range d.kinds {
		k.used = 0
	}
}

// Decode is the function of the same name.
func (d *Decoder) Decode(e *ledger.Event) (Payload, error) {
	k := d.last
	if k == nil || k.name != e.Type {
		if k = d.kinds[e.Type]; k == nil {
			known, ok := registry[e.Type]
			if !ok {
				return nil, unknown(e.Type)
			}
			_, up := upcasters[e.Type]
			k = &kind{name: e.Type, make: known.make, up: up}
			d.kinds[e.Type] = k
		}
		d.last = k
	}
	d.codec.Reset(e.Payload)
	p := k.next(d.reuse)
	p.Fields(d.codec)
	if err := d.codec.Finish(); err != nil {
		return nil, fmt.Errorf("decode %s: %w", k.name, err)
	}
	if k.up {
		p = upcast(p)
	}
	return p, nil
}

// next gives a payload to decode into.
func (k *kind) next(reuse bool) Payload {
	if !reuse {
		return k.make()
	}
	if k.used == len(k.made) {
		k.made = append(k.made, k.make())
	}
	k.used++
	return k.made[k.used-1]
}

func decode(name string, data []byte) (Payload, error) {
	p, err := decodeStored(name, data)
	if err != nil {
		return nil, err
	}
	return upcast(p), nil
}

func decodeStored(name string, data []byte) (Payload, error) {
	return read(name, ledger.NewDecoder(data))
}

func read(name string, c *ledger.Codec) (Payload, error) {
	known, ok := registry[name]
	if !ok {
		return nil, unknown(name)
	}
	p := known.make()
	p.Fields(c)
	if err := c.Finish(); err != nil {
		return nil, fmt.Errorf("decode %s: %w", name, err)
	}
	return p, nil
}

func unknown(name string) error {
	return fmt.Errorf("%w: type %q", ledger.ErrUnknownType, name)
}

func upcast(p Payload) Payload {
	for {
		up, ok := upcasters[p.EventType()]
		if !ok {
			return p
		}
		p = up(p)
	}
}

// JSON shows a stored payload to people and other programs, in its stored version.
func JSON(e ledger.Event) (json.RawMessage, error) {
	p, err := decodeStored(e.Type, e.Payload)
	if err != nil {
		return nil, err
	}
	return json.Marshal(p)
}
