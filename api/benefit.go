package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/uuid"

	"github.com/stazh/stazh/api/service"
	"github.com/stazh/stazh/commands"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/period"
)

// EvidenceBody is a document that a fact rests on.
type EvidenceBody struct {
	Item   string      `json:"item" maxLength:"60" doc:"Code of the classifier of evidence."`
	On     period.Date `json:"on" doc:"Day on which the Fund received the document."`
	SHA256 string      `json:"sha256,omitempty" pattern:"^[0-9a-f]{64}$" doc:"Of the document."`
}

func (e EvidenceBody) evidence() (x event.Evidence, err error) {
	x = event.Evidence{Item: e.Item, On: e.On}
	if e.SHA256 != "" {
		err = x.SHA256.UnmarshalText([]byte(e.SHA256))
	}
	return x, err
}

// SpecialPeriodBody is a time to record.
type SpecialPeriodBody struct {
	Kind     string       `json:"kind" maxLength:"60" doc:"Code of the classifier of periods."`
	From     period.Date  `json:"from" doc:"First day."`
	To       period.Date  `json:"to" doc:"Last day."`
	Evidence EvidenceBody `json:"evidence" doc:"The document that proves it."`
	Ground   string       `json:"ground,omitempty" maxLength:"500" doc:"Act relied on."`
}

// SpecialPeriodInput records a special period.
type SpecialPeriodInput struct {
	PersonPath
	UnneededKey
	Body SpecialPeriodBody
}

// PeriodPath names a special period of a person.
type PeriodPath struct {
	PersonPath
	Period uuidPath `path:"period" format:"uuid" doc:"Identifier of the special period."`
}

// ReasonBody says why somebody takes back what it has asked for.
type ReasonBody struct {
	Reason string `json:"reason" minLength:"1" maxLength:"500" doc:"Why, for who reads it later."`
	Ground string `json:"ground,omitempty" maxLength:"500" doc:"Act relied on."`
}

// PeriodCancellationInput cancels a special period.
type PeriodCancellationInput struct {
	PeriodPath
	UnneededKey
	Body SaidBody
}

// ClaimBody is a claim to open a case with.
type ClaimBody struct {
	Kind      string          `json:"kind" maxLength:"60" doc:"Code of a kind of benefit."`
	ClaimedOn period.Date     `json:"claimed_on,omitempty" doc:"Day of the claim; today by default."`
	From      period.Date     `json:"from,omitempty" doc:"Day asked from; the claim's by default."`
	Details   service.Details `json:"details,omitempty" doc:"Details of the kind."`
	Ground    string          `json:"ground,omitempty" maxLength:"500" doc:"Act relied on."`
}

// ClaimInput claims a benefit.
type ClaimInput struct {
	PersonPath
	UnneededKey
	Body ClaimBody
}

// CasePath names a case of a person.
type CasePath struct {
	PersonPath
	Case uuidPath `path:"case" format:"uuid" doc:"Identifier of the case."`
}

// CaseEvidenceBody is a document for a case.
type CaseEvidenceBody struct {
	EvidenceBody
	Details service.Details `json:"details,omitempty" doc:"What it proves, in place of before."`
	Ground  string          `json:"ground,omitempty" maxLength:"500" doc:"Act relied on."`
}

// CaseEvidenceInput adds a document to a case.
type CaseEvidenceInput struct {
	CasePath
	UnneededKey
	Body CaseEvidenceBody
}

// CaseReasonInput ends a case for a reason.
type CaseReasonInput struct {
	CasePath
	UnneededKey
	Body ReasonBody
}

// CaseCalculationBody asks for a calculation.
type CaseCalculationBody struct {
	From   period.Date `json:"from,omitempty" doc:"First day of a recalculated amount."`
	Ground string      `json:"ground,omitempty" maxLength:"500" doc:"Act relied on."`
}

// CaseCalculationInput has a case calculated.
type CaseCalculationInput struct {
	CasePath
	UnneededKey
	Body CaseCalculationBody
}

// TerminationBody ends a benefit that is paid.
type TerminationBody struct {
	Last   period.Date `json:"last" doc:"Last day that is paid for."`
	Cause  string      `json:"cause" minLength:"1" maxLength:"100" doc:"Why it ends."`
	Ground string      `json:"ground" minLength:"1" maxLength:"500" doc:"Act and article relied on."`
}

// TerminationInput ends a benefit that is paid.
type TerminationInput struct {
	CasePath
	UnneededKey
	Body TerminationBody
}

// CalculationPath names a calculation of a person.
type CalculationPath struct {
	PersonPath
	Calculation uuidPath `path:"calculation" format:"uuid" doc:"Identifier of the calculation."`
}

// GroundBody names the act that is relied on, where what is approved says why.
type GroundBody struct {
	Ground string `json:"ground" minLength:"1" maxLength:"500" doc:"Act and article relied on."`
}

// ApprovalInput approves a calculation.
type ApprovalInput struct {
	CalculationPath
	UnneededKey
	Body GroundBody
}

// ReturnInput returns a calculation to its author.
type ReturnInput struct {
	CalculationPath
	UnneededKey
	Body SaidBody
}

// Recorded tells what a write recorded, or had recorded before.
type Recorded struct {
	ID       uuid.UUID       `json:"id" doc:"Identifier of the case, period or calculation."`
	Position ledger.Position `json:"position" doc:"Ledger position of the person's last event."`
}

// uuidPath is an identifier in a path.
type uuidPath string

// id reads the identifier, whose form is checked before.
func (p uuidPath) id(ctx context.Context, name string) (uuid.UUID, error) {
	id, err := uuid.Parse(string(p))
	if err != nil {
		problem := refuseParameter(ctx, name, "uuid")
		problem.Errors[0].In = "path"
		return id, problem
	}
	return id, nil
}

func (p CasePath) ids(ctx context.Context) (person ledger.PersonID, id uuid.UUID, err error) {
	if person, err = p.personID(ctx); err == nil {
		id, err = p.Case.id(ctx, "case")
	}
	return person, id, err
}

func (p CalculationPath) ids(ctx context.Context,
) (person ledger.PersonID, id uuid.UUID, err error) {
	if person, err = p.personID(ctx); err == nil {
		id, err = p.Calculation.id(ctx, "calculation")
	}
	return person, id, err
}

// recorded makes the answer of a write.
func recorded(x service.Answer[uuid.UUID], err error) (*Output[Recorded], error) {
	if err != nil {
		return nil, err
	}
	return output(Recorded{x.Value, x.Position}, x.Position), nil
}

// benefitWrite describes a write; all of them are recognised by what they say.
func benefitWrite(id, path, summary, description string) route {
	return route{Operation: huma.Operation{OperationID: id, Method: http.MethodPost,
		Path: pathPersons + "/{id}" + path, Summary: summary, Description: description,
		Tags: []string{tagBenefits}}, refusals: []int{http.StatusBadRequest, http.StatusNotFound,
		http.StatusConflict, http.StatusRequestEntityTooLarge,
		http.StatusUnsupportedMediaType}}
}

func (a *api) registerBenefits() {
	register(a, benefitWrite("recordSpecialPeriod", "/special-periods",
		"Record a special period", "A time that counts for coverage by law and that no payer "+
			"reports: military service, study, care, work before the account was opened. The "+
			"same period with the same document is recorded once. Awards that began later are "+
			"flagged for review."), a.recordSpecialPeriod)
	register(a, benefitWrite("cancelSpecialPeriod", "/special-periods/{period}/cancellation",
		"Cancel a special period", "Takes it out of the account; what was decided with it is "+
			"flagged for review."), a.cancelSpecialPeriod)
	register(a, benefitWrite("claimBenefit", "/cases", "Claim a benefit",
		"Opens a case. The same claim of the same days is recorded once. What the ledger "+
			"establishes, such as coverage and earnings, may not stand in the details."),
		a.claimBenefit)
	register(a, benefitWrite("recordEvidence", "/cases/{case}/evidence", "Add evidence to a case",
		"A document, and the details that it proves; each call adds one."), a.recordEvidence)
	register(a, benefitWrite("withdrawClaim", "/cases/{case}/withdrawal", "Withdraw a claim",
		"Ends a case before it is decided."), a.withdrawClaim)
	register(a, benefitWrite("calculateCase", "/cases/{case}/calculations", "Calculate a case",
		"Establishes the facts from the ledger, carries out the rules, and lays the result "+
			"with its trace before a second officer. The same calculation on the same state is "+
			"recorded once. On an awarded case it prepares a recalculation."), a.calculateCase)
	register(a, benefitWrite("approveCalculation", "/calculations/{calculation}/approval",
		"Approve a calculation", "Assigns the pension, grants the benefit, or refuses the claim "+
			"with the conditions it does not meet. Refused to its author (SPF-905), when account "+
			"or law have moved since (SPF-906), and while a benefit that excludes it is paid "+
			"(SPF-907)."), a.approveCalculation)
	register(a, benefitWrite("returnCalculation", "/calculations/{calculation}/return",
		"Return a calculation", "Sends it back to its author with a reason."),
		a.returnCalculation)
	register(a, benefitWrite("terminateBenefit", "/cases/{case}/termination",
		"Terminate a benefit", "Ends what is paid after the last day given."),
		a.terminateBenefit)
	a.registerBenefitReads()
}

func (a *api) recordSpecialPeriod(ctx context.Context, c service.Caller, in *SpecialPeriodInput,
) (*Output[Recorded], error) {
	person, err := in.personID(ctx)
	if err != nil {
		return nil, err
	}
	evidence, err := in.Body.Evidence.evidence()
	if err != nil {
		return nil, err
	}
	return recorded(a.service.RecordSpecialPeriod(ctx, c, commands.RecordSpecialPeriod{
		Person: person, Kind: in.Body.Kind, From: in.Body.From, To: in.Body.To,
		Evidence: evidence, Ground: in.Body.Ground}))
}

func (a *api) cancelSpecialPeriod(ctx context.Context, c service.Caller,
	in *PeriodCancellationInput) (*Output[Recorded], error) {
	person, err := in.personID(ctx)
	if err != nil {
		return nil, err
	}
	id, err := in.Period.id(ctx, "period")
	if err != nil {
		return nil, err
	}
	return recorded(a.service.CancelSpecialPeriod(ctx, c, commands.CancelSpecialPeriod{
		Person: person, Period: id, Reason: in.Body.Reason, Ground: in.Body.Ground}))
}

func (a *api) claimBenefit(ctx context.Context, c service.Caller, in *ClaimInput,
) (*Output[Recorded], error) {
	person, err := in.personID(ctx)
	if err != nil {
		return nil, err
	}
	return recorded(a.service.ClaimBenefit(ctx, c, commands.ClaimBenefit{Person: person,
		Kind: in.Body.Kind, ClaimedOn: in.Body.ClaimedOn, From: in.Body.From,
		Details: in.Body.Details, Ground: in.Body.Ground}))
}

func (a *api) recordEvidence(ctx context.Context, c service.Caller, in *CaseEvidenceInput,
) (*Output[Recorded], error) {
	person, id, err := in.ids(ctx)
	if err != nil {
		return nil, err
	}
	evidence, err := in.Body.evidence()
	if err != nil {
		return nil, err
	}
	return recorded(a.service.RecordBenefitEvidence(ctx, c, commands.RecordBenefitEvidence{
		Person: person, Case: id, Evidence: evidence, Details: in.Body.Details,
		Ground: in.Body.Ground}))
}

func (a *api) withdrawClaim(ctx context.Context, c service.Caller, in *CaseReasonInput,
) (*Output[Recorded], error) {
	person, id, err := in.ids(ctx)
	if err != nil {
		return nil, err
	}
	return recorded(a.service.WithdrawClaim(ctx, c, commands.WithdrawClaim{Person: person,
		Case: id, Reason: in.Body.Reason, Ground: in.Body.Ground}))
}

func (a *api) calculateCase(ctx context.Context, c service.Caller, in *CaseCalculationInput,
) (*Output[CalculationAnswer], error) {
	person, id, err := in.ids(ctx)
	if err != nil {
		return nil, err
	}
	x, err := a.service.CalculateBenefit(ctx, c, commands.CalculateBenefit{Person: person,
		Case: id, From: in.Body.From, Ground: in.Body.Ground})
	if err != nil {
		return nil, err
	}
	return output(CalculationAnswer{x.Value, x.Position, x.RecordedUpTo}, x.Position), nil
}

func (a *api) approveCalculation(ctx context.Context, c service.Caller, in *ApprovalInput,
) (*Output[DecisionAnswer], error) {
	person, id, err := in.ids(ctx)
	if err != nil {
		return nil, err
	}
	x, err := a.service.ApproveCalculation(ctx, c, commands.ApproveCalculation{Person: person,
		Calculation: id, Ground: in.Body.Ground})
	if err != nil {
		return nil, err
	}
	return output(DecisionAnswer{x.Value, x.Position}, x.Position), nil
}

func (a *api) returnCalculation(ctx context.Context, c service.Caller, in *ReturnInput,
) (*Output[Recorded], error) {
	person, id, err := in.ids(ctx)
	if err != nil {
		return nil, err
	}
	return recorded(a.service.ReturnCalculation(ctx, c, commands.ReturnCalculation{
		Person: person, Calculation: id, Reason: in.Body.Reason, Ground: in.Body.Ground}))
}

func (a *api) terminateBenefit(ctx context.Context, c service.Caller, in *TerminationInput,
) (*Output[Recorded], error) {
	person, id, err := in.ids(ctx)
	if err != nil {
		return nil, err
	}
	return recorded(a.service.TerminateBenefit(ctx, c, commands.TerminateBenefit{
		Person: person, Case: id, Last: in.Body.Last, Cause: in.Body.Cause,
		Ground: in.Body.Ground}))
}
