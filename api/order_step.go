package api

import (
	"context"
	"net/http"

	"github.com/stazh/stazh/api/service"
	"github.com/stazh/stazh/commands/intake/control"
)

func (a *api) registerOrderSteps(
	on func(id, method, path, summary, description string, more ...int) route) {
	step := func(id, path, summary, description string) route {
		return on(id, http.MethodPost, pathOrders+"/{order}"+path, summary, description,
			http.StatusConflict)
	}
	register(a, step("declineOrder", "/decline", "End an order that is not carried out",
		"With reason and ground; also to take one's own order back."), a.declineOrder)
	register(a, step("objectToOrder", "/objections", "Object to an order",
		"By the payer, before the order is carried out or afterwards."), a.objectToOrder)
	register(a, step("answerObjection", "/objection-answer", "Answer the payer's objection",
		"With reason and ground, by an officer who has neither proposed nor approved the order."),
		a.answerObjection)
}

func (a *api) declineOrder(ctx context.Context, c service.Caller, in *DeclineOrderInput,
) (*Output[service.OrderView], error) {
	return in.take(ctx, c, a.service.DeclineOrder,
		service.OrderStep{Ground: in.Body.Ground, Text: in.Body.Reason})
}

func (a *api) objectToOrder(ctx context.Context, c service.Caller, in *ObjectionInput,
) (*Output[service.OrderView], error) {
	return in.take(ctx, c, a.service.ObjectToOrder,
		service.OrderStep{Ground: in.Body.Ground, Text: in.Body.Text})
}

func (a *api) answerObjection(ctx context.Context, c service.Caller, in *ObjectionAnswerInput,
) (*Output[service.OrderView], error) {
	return in.take(ctx, c, a.service.AnswerObjection, service.OrderStep{
		Ground: in.Body.Ground, Text: in.Body.Reason, Upheld: in.Body.Upheld})
}

// take has a use case take a step on the order of the path.
func (p OrderPath) take(ctx context.Context, c service.Caller,
	do func(context.Context, service.Caller, service.OrderStep,
	) (service.Answer[service.OrderView], error), step service.OrderStep,
) (*Output[service.OrderView], error) {
	id, err := p.Order.id(ctx, "order")
	if err != nil {
		return nil, err
	}
	step.Payer, step.Order = string(p.UNP), id
	answer, err := do(ctx, c, step)
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
	answer, err := a.service.ApproveOrder(ctx, c, service.OrderStep{Payer: string(in.UNP),
		Order: id, Ground: in.Body.Ground, Text: in.Body.Reason}, hashOf(in.Preview))
	if err != nil {
		return nil, err
	}
	return a.receipt(answer), nil
}
