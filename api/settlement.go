package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/stazh/stazh/api/service"
	"github.com/stazh/stazh/commands"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/ledger/settlement"
)

// RefundRequestInput asks for an overpayment back.
type RefundRequestInput struct {
	PayerPath
	UnneededKey
	Body struct {
		Fund   string       `json:"fund" enum:"pension,social,occupational" doc:"Fund."`
		Amount money.Amount `json:"amount" doc:"Sum in BYN."`
		Ground string       `json:"ground,omitempty" maxLength:"500" doc:"Act relied on."`
	}
}

// RefundPath names a refund of a payer.
type RefundPath struct {
	PayerPath
	Refund uuidPath `path:"refund" format:"uuid" doc:"Identifier of the refund."`
}

// RefundProposalInput lays a refund before another officer.
type RefundProposalInput struct {
	RefundPath
	UnneededKey
	Body SaidBody
}

// RefundPaymentInput records that a refund was paid.
type RefundPaymentInput struct {
	RefundPath
	UnneededKey
	Body struct {
		BankRef string      `json:"bank_ref" minLength:"1" maxLength:"60" doc:"Bank's reference."`
		On      period.Date `json:"on,omitempty" doc:"Day of the payment; today by default."`
	}
}

// OffsetInput moves an overpayment.
type OffsetInput struct {
	PayerPath
	UnneededKey
	Body struct {
		From   string       `json:"from" enum:"pension,social,occupational" doc:"Fund it is in."`
		To     string       `json:"to" enum:"pension,social,occupational" doc:"Fund it goes to."`
		Month  period.Month `json:"month,omitempty" doc:"Month it pays first."`
		Amount money.Amount `json:"amount" doc:"Sum in BYN."`
		Ground string       `json:"ground,omitempty" maxLength:"500" doc:"Act relied on."`
	}
}

// InstalmentBody is a sum to pay by a day.
type InstalmentBody struct {
	Due    period.Date  `json:"due" doc:"Last day to pay."`
	Amount money.Amount `json:"amount" doc:"Sum in BYN."`
}

// DefermentInput proposes a deferment.
type DefermentInput struct {
	PayerPath
	UnneededKey
	Body struct {
		Fund        string           `json:"fund,omitempty" enum:"pension,social,occupational"`
		UpTo        period.Month     `json:"up_to,omitempty" doc:"Last month; all if not given."`
		Instalments []InstalmentBody `json:"instalments" minItems:"1" maxItems:"120"`
		SaidBody
	}
}

// ProposalPath names a proposal on a payer.
type ProposalPath struct {
	PayerPath
	Proposal uuidPath `path:"proposal" format:"uuid" doc:"Identifier of the proposal."`
}

// ProposalVerdictInput approves or ends what is proposed.
type ProposalVerdictInput struct {
	ProposalPath
	UnneededKey
	Body SaidBody
}

// WaiverInput proposes that no penalty is charged for some days.
type WaiverInput struct {
	PayerPath
	UnneededKey
	Body struct {
		Fund  string       `json:"fund,omitempty" enum:"pension,social,occupational"`
		Month period.Month `json:"month,omitempty" doc:"Month owed; all if not given."`
		From  period.Date  `json:"from" doc:"First day without penalty."`
		Until period.Date  `json:"until" doc:"Last day without penalty."`
		SaidBody
	}
}

// ExpenseInput refuses a part of a quarter's benefits.
type ExpenseInput struct {
	PayerPath
	Year    int `path:"year" minimum:"2003" maximum:"2100" doc:"Year."`
	Quarter int `path:"quarter" minimum:"1" maximum:"4" doc:"Quarter."`
	UnneededKey
	Body struct {
		Amount money.Amount `json:"amount" doc:"Sum refused in BYN; 0.00 takes a refusal back."`
		SaidBody
	}
}

// MatchPart is a payer's part of a suspended payment.
type MatchPart struct {
	Payer  UNPText      `json:"payer" doc:"UNP of the payer."`
	Kind   string       `json:"kind,omitempty" enum:"pension,social,occupational" doc:"Fund."`
	Month  period.Month `json:"month,omitempty" doc:"Month it is for."`
	Amount money.Amount `json:"amount" doc:"Sum in BYN."`
}

// MatchInput gives a suspended payment to its payers.
type MatchInput struct {
	UnneededKey
	Body struct {
		Treasury UNPText     `json:"treasury" doc:"UNP of the filer of the list."`
		BankRef  string      `json:"bank_ref" minLength:"1" maxLength:"60" doc:"Bank's reference."`
		Parts    []MatchPart `json:"parts" minItems:"1" maxItems:"100" doc:"They add up to the payment."`
		SaidBody
	}
}

// PlaceInput asks for a list of an office or region.
type PlaceInput struct {
	Office string `query:"office" pattern:"^[0-9]{3}$" doc:"Code of the office."`
	Region string `query:"region" pattern:"^[0-9]$" doc:"Code of the department."`
	Paging
	Fresh
}

// DebtsInput asks for payers in arrears or with overpayments.
type DebtsInput struct {
	PlaceInput
	Kind string `query:"kind" enum:"arrears,overpayment" default:"arrears" doc:"What is listed."`
	On   string `query:"on" format:"date" doc:"Day on which balances stand; today if not given."`
}

// FigureInput asks how a figure of a balance comes about.
type FigureInput struct {
	PayerPath
	Reading
	Figure string    `query:"figure" required:"true" maxLength:"20" doc:"Such as arrears or penalty."`
	Fund   string    `query:"fund" enum:"pension,social,occupational" doc:"Of one fund."`
	Month  MonthText `query:"month" doc:"Of one month."`
	On     string    `query:"on" format:"date" doc:"Day of the balance; today if not given."`
}

// FigureAnswer is a figure with all that it rests on.
type FigureAnswer struct {
	Explanation  settlement.Node `json:"explanation" doc:"The figure and its parts."`
	Position     ledger.Position `json:"position" doc:"Ledger position of the answer."`
	RecordedUpTo time.Time       `json:"recorded_up_to,omitzero" doc:"When that was recorded."`
}

const pathSuspense = "/v1/suspense"

func (a *api) registerSettlement() {
	a.registerSettlementDecisions()
	write := func(id, path, summary, description string) route {
		return route{Operation: huma.Operation{OperationID: id, Method: http.MethodPost,
			Path: path, Summary: summary, Description: description, Tags: []string{tagPayers}},
			refusals: []int{http.StatusBadRequest, http.StatusNotFound, http.StatusConflict,
				http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType}}
	}
	payer := pathPayers + "/{unp}"
	register(a, write("requestRefund", payer+"/refunds", "Ask for a refund",
		"Of what is overpaid in a fund. The same request that waits is the same refund."),
		a.requestRefund)
	register(a, write("proposeRefund", payer+"/refunds/{refund}/proposal", "Propose a refund",
		"Lays it before another officer."), a.proposeRefund)
	register(a, write("payRefund", payer+"/refunds/{refund}/payment", "Record a paid refund",
		"After the approval; refused when a correction has used the overpayment."), a.payRefund)
	register(a, write("offsetOverpayment", payer+"/offsets", "Offset an overpayment",
		"Moves what is overpaid in a fund to a month of another, from today."),
		a.offsetOverpayment)
	register(a, write("proposeDeferment", payer+"/deferments", "Propose a deferment",
		"Of what is in arrears, by instalments. No penalty grows on it while they are met."),
		a.proposeDeferment)
	register(a, write("revokeDeferment", payer+"/deferments/{proposal}/revocation",
		"Revoke a deferment", "From today."), a.revokeDeferment)
	register(a, write("proposeWaiver", payer+"/waivers", "Propose a waiver of penalty",
		"For days, so that it stays right after corrections."), a.proposeWaiver)
	register(a, write("approveProposal", payer+"/proposals/{proposal}/approval",
		"Approve a proposal", "Of a refund, a deferment or a waiver; holds from today. Refused "+
			"to who proposed it (SPF-905) and when what it rests on has moved (SPF-906)."),
		a.approveProposal)
	register(a, write("declineProposal", payer+"/proposals/{proposal}/refusal",
		"Decline a proposal", "Ends it without effect."), a.declineProposal)
	register(a, write("refuseExpense", payer+"/expenses/{year}/{quarter}/refusal",
		"Refuse benefits of a quarter", "What is refused is not offset against contributions. "+
			"Replaces the quarter's former refusal."), a.refuseExpense)
	register(a, write("matchSuspended", pathSuspense+"/matches", "Match a suspended payment",
		"Records each part as a payment of its payer, with the day on which it came."),
		a.matchSuspended)
	read := func(id, path, summary, description string) route {
		return route{Operation: huma.Operation{OperationID: id, Method: http.MethodGet,
			Path: path, Summary: summary, Description: description, Tags: []string{tagPayers}}}
	}
	figure := read("explainBalance", payer+"/balance/explain", "Explain a figure of a balance",
		"The figure as the sum of its parts, down to payments, assessments, penalty lines and "+
			"rules with their numbers and acts. What a single month is assessed leads down to the "+
			"insured persons and their reports. Parts add up to the kopeck.")
	figure.refusals = []int{http.StatusNotFound}
	register(a, figure, a.explainBalance)
	register(a, read("listSuspense", pathSuspense, "List suspended payments",
		"Payments whose payer is not known, the oldest first."), a.suspense)
	register(a, read("listDebts", "/v1/balances", "List payers by balance",
		"Payers in arrears, or with an overpayment, by office and UNP. Balances depend on the "+
			"day and are computed as the list is read: a page may be short and go on."), a.debts)
}

func (a *api) requestRefund(ctx context.Context, c service.Caller, in *RefundRequestInput,
) (*Output[Recorded], error) {
	return recorded(a.service.RequestRefund(ctx, c, commands.RequestRefund{
		Payer: string(in.UNP), Fund: in.Body.Fund, Amount: in.Body.Amount,
		Ground: in.Body.Ground}))
}

func (a *api) proposeRefund(ctx context.Context, c service.Caller, in *RefundProposalInput,
) (*Output[Recorded], error) {
	id, err := in.Refund.id(ctx, "refund")
	if err != nil {
		return nil, err
	}
	return recorded(a.service.ProposeRefund(ctx, c, commands.ProposeRefund{
		Payer: string(in.UNP), Refund: id, Reason: in.Body.Reason, Ground: in.Body.Ground}))
}

func (a *api) payRefund(ctx context.Context, c service.Caller, in *RefundPaymentInput,
) (*Output[Recorded], error) {
	id, err := in.Refund.id(ctx, "refund")
	if err != nil {
		return nil, err
	}
	return recorded(a.service.PayRefund(ctx, c, commands.PayRefund{Payer: string(in.UNP),
		Refund: id, BankRef: in.Body.BankRef, On: in.Body.On}))
}

func (a *api) offsetOverpayment(ctx context.Context, c service.Caller, in *OffsetInput,
) (*Output[Recorded], error) {
	return recorded(a.service.OffsetOverpayment(ctx, c, commands.OffsetOverpayment{
		Payer: string(in.UNP), From: in.Body.From, To: in.Body.To, Month: in.Body.Month,
		Amount: in.Body.Amount, Ground: in.Body.Ground}))
}

func (a *api) proposeDeferment(ctx context.Context, c service.Caller, in *DefermentInput,
) (*Output[Recorded], error) {
	list := make([]event.Instalment, len(in.Body.Instalments))
	for i, x := range in.Body.Instalments {
		list[i] = event.Instalment(x)
	}
	return recorded(a.service.ProposeDeferment(ctx, c, commands.ProposeDeferment{
		Payer: string(in.UNP), Fund: in.Body.Fund, UpTo: in.Body.UpTo, Instalments: list,
		Reason: in.Body.Reason, Ground: in.Body.Ground}))
}

func (a *api) revokeDeferment(ctx context.Context, c service.Caller, in *ProposalVerdictInput,
) (*Output[Recorded], error) {
	id, err := in.Proposal.id(ctx, "proposal")
	if err != nil {
		return nil, err
	}
	return recorded(a.service.RevokeDeferment(ctx, c, commands.RevokeDeferment{
		Payer: string(in.UNP), Deferment: id, Reason: in.Body.Reason, Ground: in.Body.Ground}))
}

func (a *api) proposeWaiver(ctx context.Context, c service.Caller, in *WaiverInput,
) (*Output[Recorded], error) {
	return recorded(a.service.ProposePenaltyWaiver(ctx, c, commands.ProposePenaltyWaiver{
		Payer: string(in.UNP), Fund: in.Body.Fund, Month: in.Body.Month, From: in.Body.From,
		Until: in.Body.Until, Reason: in.Body.Reason, Ground: in.Body.Ground}))
}

func (a *api) approveProposal(ctx context.Context, c service.Caller, in *ProposalVerdictInput,
) (*Output[Recorded], error) {
	id, err := in.Proposal.id(ctx, "proposal")
	if err != nil {
		return nil, err
	}
	return recorded(a.service.ApproveProposal(ctx, c, commands.DecideProposal{
		Payer: string(in.UNP), Proposal: id, Reason: in.Body.Reason, Ground: in.Body.Ground}))
}

func (a *api) declineProposal(ctx context.Context, c service.Caller, in *ProposalVerdictInput,
) (*Output[Recorded], error) {
	id, err := in.Proposal.id(ctx, "proposal")
	if err != nil {
		return nil, err
	}
	return recorded(a.service.DeclineProposal(ctx, c, commands.DecideProposal{
		Payer: string(in.UNP), Proposal: id, Reason: in.Body.Reason, Ground: in.Body.Ground}))
}

func (a *api) refuseExpense(ctx context.Context, c service.Caller, in *ExpenseInput,
) (*Output[Recorded], error) {
	return recorded(a.service.RefuseExpense(ctx, c, commands.RefuseExpense{
		Payer: string(in.UNP), Year: in.Year, Quarter: in.Quarter, Amount: in.Body.Amount,
		Reason: in.Body.Reason, Ground: in.Body.Ground}))
}

func (a *api) matchSuspended(ctx context.Context, c service.Caller, in *MatchInput,
) (*Output[Recorded], error) {
	parts := make([]event.MatchedPart, len(in.Body.Parts))
	for i, x := range in.Body.Parts {
		parts[i] = event.MatchedPart{Payer: string(x.Payer), Kind: x.Kind, Month: x.Month,
			Amount: x.Amount}
	}
	return recorded(a.service.MatchSuspended(ctx, c, commands.MatchSuspended{
		Treasury: string(in.Body.Treasury), BankRef: in.Body.BankRef, Parts: parts,
		Reason: in.Body.Reason, Ground: in.Body.Ground}))
}

func (a *api) explainBalance(ctx context.Context, c service.Caller, in *FigureInput,
) (*Output[FigureAnswer], error) {
	on, err := dateOf(ctx, "on", in.On)
	if err != nil {
		return nil, err
	}
	month, err := monthOf(ctx, "month", in.Month)
	if err != nil {
		return nil, err
	}
	x, err := a.service.ExplainBalance(ctx, c, service.Figure{Payer: string(in.UNP),
		Name: in.Figure, Scope: settlement.Scope{Fund: in.Fund, Month: month}, On: on}, in.read())
	if err != nil {
		return nil, err
	}
	return output(FigureAnswer{x.Value, x.Position, x.RecordedUpTo}, x.Position), nil
}

func (a *api) suspense(ctx context.Context, c service.Caller, in *PlaceInput,
) (*Output[List[service.SuspendedView]], error) {
	page, err := a.service.Suspended(ctx, c, service.PlaceFilter{Office: in.Office,
		Region: in.Region}, in.Cursor, in.Limit, in.read())
	if err != nil {
		return nil, err
	}
	return listOf(page), nil
}

func (a *api) debts(ctx context.Context, c service.Caller, in *DebtsInput,
) (*Output[List[service.DebtView]], error) {
	on, err := dateOf(ctx, "on", in.On)
	if err != nil {
		return nil, err
	}
	page, err := a.service.Debts(ctx, c, in.Kind, service.PlaceFilter{Office: in.Office,
		Region: in.Region}, on, in.Cursor, in.Limit, in.read())
	if err != nil {
		return nil, err
	}
	return listOf(page), nil
}
