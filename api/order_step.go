package api

import (
	"context"
	"net/http"

	"github.com/stazh/stazh/api/service"
	"github.com/stazh/stazh/commands/intake/control"
)

func (a *api) registerOrderSteps(
	on func(id, method, path, summary, description string, more ...int) route) {
	for _, s := range []struct {
		id, path, summary, description string
		do                             orderStep
	}{
		{"declineOrder", "/decline", "End an order that is not carried out",
			"With the reason; also to take one's own order back.", a.service.DeclineOrder},
		{"objectToOrder", "/objections", "Object to an order",
			"By the payer, before the order is carried out or afterwards.",
			a.service.ObjectToOrder},
		{"answerObjection", "/objection-answer", "Answer the payer's objection",
			"By another officer than the one who proposed the order.",
			a.service.AnswerObjection},
	} {
		register(a, on(s.id, http.MethodPost, pathOrders+"/{order}"+s.path, s.summary,
			s.description, http.StatusConflict), s.do.handle)
	}
}

// orderStep is a use case on an order.
type orderStep func(context.Context, service.Caller, service.OrderStep,
) (service.Answer[service.OrderView], error)

func (do orderStep) handle(ctx context.Context, c service.Caller, in *OrderTextInput,
) (*Output[service.OrderView], error) {
	id, err := in.Order.id(ctx, "order")
	if err != nil {
		return nil, err
	}
	answer, err := do(ctx, c, service.OrderStep{Payer: string(in.UNP), Order: id,
		Ground: in.Body.Ground, Text: in.Body.Text, Upheld: in.Body.Upheld})
	if err != nil {
		return nil, err
	}
	return output(answer.Value, answer.Position), nil
}

func (a *api) previewProposal(ctx context.Context, c service.Caller, in *OrderInput,
) (*Output[PreviewOutcome], error) {
	total := 0
	var findings []control.Finding
	view, err := a.service.PreviewProposal(ctx, c, in.proposal(), func(f control.Finding) error {
		if total++; total <= checkFindingsMax {
			findings = append(findings, f)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return output(*previewOutcome(view, findings, total), view.Position), nil
}

func (a *api) proposeOrder(ctx context.Context, c service.Caller, in *OrderInput,
) (*Output[service.OrderView], error) {
	answer, err := a.service.ProposeOrder(ctx, c, in.proposal())
	if err != nil {
		return nil, err
	}
	return output(answer.Value, answer.Position), nil
}

func (a *api) previewOrder(ctx context.Context, c service.Caller, in *OrderPath,
) (*Output[PreviewOutcome], error) {
	id, err := in.Order.id(ctx, "order")
	if err != nil {
		return nil, err
	}
	view, findings, err := a.service.PreviewOrder(ctx, c, string(in.UNP), id)
	if err != nil {
		return nil, err
	}
	return output(*previewOutcome(view, findings, len(findings)), view.Position), nil
}

func (a *api) approveOrder(ctx context.Context, c service.Caller, in *ApproveOrderInput,
) (*ReceiptOutput, error) {
	id, err := in.Order.id(ctx, "order")
	if err != nil {
		return nil, err
	}
	answer, err := a.service.ApproveOrder(ctx, c,
		service.OrderStep{Payer: string(in.UNP), Order: id}, hashOf(in.Preview))
	if err != nil {
		return nil, err
	}
	return a.receipt(answer), nil
}
