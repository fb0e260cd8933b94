package api

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/stazh/stazh/api/service"
	"github.com/stazh/stazh/projections/order"
)

// OrderBody is what an officer orders: a report file in its JSON form, or a correction that
// is made from the versions in force.
type OrderBody struct {
	Report  json.RawMessage `json:"report,omitempty" doc:"A file in the JSON format of reports."`
	Mass    *MassInput      `json:"mass,omitempty" doc:"One change to all reports of a time."`
	Restore *RestoreInput   `json:"restore,omitempty" doc:"A former version to bring back."`
	Ground  string          `json:"ground" maxLength:"500" doc:"Act and article; needed."`
	Reason  string          `json:"reason" maxLength:"5000" doc:"Why; the payer reads it. Needed."`
}

// OrderInput is an order to be previewed or proposed.
type OrderInput struct {
	PayerPath
	UnneededKey
	Preview string `header:"Stazh-Preview" pattern:"^[0-9a-f]{64}$" doc:"Token of the preview."`
	Body    OrderBody
}

func (in *OrderInput) proposal() service.Proposal {
	p := service.Proposal{Payer: string(in.UNP), Ground: in.Body.Ground,
		Reason: in.Body.Reason, Preview: hashOf(in.Preview), Content: in.Body.Report}
	if in.Body.Mass != nil || in.Body.Restore != nil {
		made := (&Correction{Mass: in.Body.Mass, Restore: in.Body.Restore}).ask()
		p.Make = &made
	}
	return p
}

// OrderPath names an order.
type OrderPath struct {
	PayerPath
	Order uuidPath `path:"order" format:"uuid" doc:"Identifier of the order."`
}

// OrderReasonBody is what an officer's decision on an order needs.
type OrderReasonBody struct {
	Reason string `json:"reason" minLength:"1" maxLength:"5000" doc:"Why; the payer reads it."`
	Ground string `json:"ground" minLength:"1" maxLength:"500" doc:"Act and article relied on."`
}

// ApproveOrderInput approves an order.
type ApproveOrderInput struct {
	OrderPath
	UnneededKey
	Preview string `header:"Stazh-Preview" pattern:"^[0-9a-f]{64}$" doc:"Token of its preview."`
	Body    OrderReasonBody
}

// DeclineOrderInput ends an order.
type DeclineOrderInput struct {
	OrderPath
	UnneededKey
	Body OrderReasonBody
}

// ObjectionInput is what the payer has against an order.
type ObjectionInput struct {
	OrderPath
	UnneededKey
	Body struct {
		Text   string `json:"text" minLength:"1" maxLength:"5000" doc:"What is wrong with it."`
		Ground string `json:"ground,omitempty" maxLength:"500" doc:"Act relied on."`
	}
}

// ObjectionAnswerInput decides on an objection.
type ObjectionAnswerInput struct {
	OrderPath
	UnneededKey
	Body struct {
		OrderReasonBody
		Upheld bool `json:"upheld,omitempty" doc:"The objection is right."`
	}
}

// OrdersInput asks for orders that wait.
type OrdersInput struct {
	Office string `query:"office" maxLength:"3" doc:"Only of this office."`
	Region string `query:"region" maxLength:"1" doc:"Only of this region."`
	Paging
	Fresh
}

// PayerOrdersInput asks for the orders on a payer.
type PayerOrdersInput struct {
	PayerPath
	Paging
	Fresh
}

const pathOrders = "/v1/payers/{unp}/correction-orders"

func (a *api) registerOrders() {
	on := func(id, method, path, summary, description string, more ...int) route {
		return route{time: uploadTimeMax, Operation: huma.Operation{OperationID: id,
			Method: method, Path: path, Summary: summary, Description: description,
			Tags: []string{tagFilings}}, refusals: append(more, http.StatusNotFound)}
	}
	register(a, on("listOrders", http.MethodGet, "/v1/correction-orders",
		"List the orders that wait for an officer",
		"Orders that wait for a decision, or for the answer to the payer's objection."),
		a.orders)
	register(a, on("listPayerOrders", http.MethodGet, pathOrders, "List the orders on a payer",
		"All orders to correct what the payer has reported, with reasons and objections."),
		a.payerOrders)
	register(a, on("readOrder", http.MethodGet, pathOrders+"/{order}", "Read an order",
		"An order with its reason, objections and decision."), a.order)
	register(a, on("previewProposal", http.MethodPost,
		"/v1/payers/{unp}/correction-order-previews", "Tell what an order would do",
		"Answers what differs after the corrections, before they are proposed.",
		http.StatusConflict), a.previewProposal)
	register(a, on("proposeOrder", http.MethodPost, pathOrders,
		"Propose a correction without the payer",
		"Lays the corrections before a second officer, and before the payer, who may object. "+
			"Reason, ground and the token of the preview are needed.",
		http.StatusConflict, http.StatusPreconditionFailed), a.proposeOrder)
	register(a, on("previewOrder", http.MethodPost, pathOrders+"/{order}/previews",
		"Tell what an order would do now", "What the approving officer has to see."),
		a.previewOrder)
	register(a, on("approveOrder", http.MethodPost, pathOrders+"/{order}/approval",
		"Have an order carried out",
		"By another officer than those who proposed it or answered an objection, with the token "+
			"of its preview now, reason and ground. Its file is received as a filing of the payer.",
		http.StatusConflict, http.StatusPreconditionFailed), a.approveOrder)
	a.registerOrderSteps(on)
}

func (a *api) orders(ctx context.Context, c service.Caller, in *OrdersInput,
) (*Output[List[service.OrderView]], error) {
	page, err := a.service.Orders(ctx, c, order.Filter{Office: in.Office, Region: in.Region},
		in.Cursor, in.Limit, in.read())
	if err != nil {
		return nil, err
	}
	return listOf(page), nil
}

func (a *api) payerOrders(ctx context.Context, c service.Caller, in *PayerOrdersInput,
) (*Output[List[service.OrderView]], error) {
	page, err := a.service.Orders(ctx, c, order.Filter{Payer: string(in.UNP)}, in.Cursor,
		in.Limit, in.read())
	if err != nil {
		return nil, err
	}
	return listOf(page), nil
}

func (a *api) order(ctx context.Context, c service.Caller, in *OrderPath,
) (*Output[service.OrderView], error) {
	id, err := in.Order.id(ctx, "order")
	if err != nil {
		return nil, err
	}
	answer, err := a.service.Order(ctx, c, string(in.UNP), id)
	if err != nil {
		return nil, err
	}
	return output(answer.Value, answer.Position), nil
}
