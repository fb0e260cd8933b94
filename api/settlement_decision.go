package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/stazh/stazh/api/service"
	"github.com/stazh/stazh/commands"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/period"
)

// RefundReturnInput records that the bank has sent a refund back.
type RefundReturnInput struct {
	RefundPath
	UnneededKey
	Body struct {
		On period.Date `json:"on,omitempty" doc:"Day of the return; today by default."`
		SaidBody
	}
}

// PayerDecisionsAnswer lists what was decided about a payer's sums.
type PayerDecisionsAnswer struct {
	Items        []service.PayerDecision `json:"items" doc:"In the order in which they began."`
	Position     ledger.Position         `json:"position" doc:"Ledger position of the answer."`
	RecordedUpTo time.Time               `json:"recorded_up_to,omitzero" doc:"When that was recorded."`
}

func (a *api) registerSettlementDecisions() {
	register(a, route{Operation: huma.Operation{OperationID: "returnRefund",
		Method: http.MethodPost, Path: pathPayers + "/{unp}/refunds/{refund}/return",
		Summary: "Record a refund that the bank sent back", Tags: []string{tagPayers},
		Description: "It counts as never made from the day on, and may be asked for anew. Lines " +
			"of a treasury's list of the kind returned do the same.",
	}, refusals: []int{http.StatusBadRequest, http.StatusNotFound, http.StatusConflict,
		http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType}}, a.returnRefund)
	register(a, route{Operation: huma.Operation{OperationID: "listPayerDecisions",
		Method: http.MethodGet, Path: pathPayers + "/{unp}/decisions",
		Summary: "List decisions about a payer's sums", Tags: []string{tagPayers},
		Description: "Refunds, deferments and waivers of penalty with each step: who proposed, " +
			"approved, declined, paid or returned it, when, why and by which act.",
	}, refusals: []int{http.StatusNotFound}}, a.payerDecisions)
}

func (a *api) returnRefund(ctx context.Context, c service.Caller, in *RefundReturnInput,
) (*Output[Recorded], error) {
	id, err := in.Refund.id(ctx, "refund")
	if err != nil {
		return nil, err
	}
	return recorded(a.service.ReturnRefund(ctx, c, commands.ReturnRefund{Payer: string(in.UNP),
		Refund: id, On: in.Body.On, Reason: in.Body.Reason, Ground: in.Body.Ground}))
}

func (a *api) payerDecisions(ctx context.Context, c service.Caller, in *PayerInput,
) (*Output[PayerDecisionsAnswer], error) {
	x, err := a.service.PayerDecisions(ctx, c, string(in.UNP), in.read())
	if err != nil {
		return nil, err
	}
	return output(PayerDecisionsAnswer{x.Value, x.Position, x.RecordedUpTo}, x.Position), nil
}
