package service

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/stazh/stazh/api/auth"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/projections/version"
)

// VersionsView is all that was reported of a person, of joined accounts in all of them, with
// the Fund's own orders behind it.
type VersionsView struct {
	version.History
	// Orders are those by which the Fund corrected reports without the payer: the version of
	// the same receipt is theirs.
	Orders []VersionOrder `json:"orders"`
}

// VersionOrder is an order of the Fund that was carried out. Reason and Decision are absent for
// callers who may not read them.
type VersionOrder struct {
	Order          uuid.UUID `json:"order"`
	Payer          string    `json:"payer"`
	Receipt        string    `json:"receipt"`
	Ground         string    `json:"ground"`
	Reason         string    `json:"reason,omitempty"`
	ProposedBy     string    `json:"proposed_by"`
	ProposedAt     time.Time `json:"proposed_at"`
	DecidedBy      string    `json:"decided_by"`
	DecidedAt      time.Time `json:"decided_at"`
	Decision       string    `json:"decision,omitempty"`
	DecisionGround string    `json:"decision_ground"`
}

// Versions gives all versions of a person's reports and employment records that the filter
// leaves, with who recorded each. It reads the person's events and those of joined accounts,
// whose chains of hashes are verified and come with the answer.
func (s *Service) Versions(ctx context.Context, c Caller, id ledger.PersonID, r Read,
	filter version.Filter) (Answer[VersionsView], error) {
	var none Answer[VersionsView]
	if err := allow(c, auth.ReadAccount, auth.KindPerson, id.String()); err != nil {
		return none, err
	}
	at, past, err := s.cut(ctx, r)
	if err == nil && !past {
		if at, err = s.log.Head(ctx); err != nil {
			err = fmt.Errorf("read the head of the ledger: %w", err)
		}
	}
	if err != nil {
		return none, err
	}
	history, chain, err := s.versions(ctx, id, at)
	if err != nil {
		return none, err
	}
	view := VersionsView{History: history.Select(filter)}
	if view.Orders, err = s.ordersBehind(ctx, c, &view.History, at); err != nil {
		return none, err
	}
	out, err := answer(ctx, s, view, at)
	out.Chain = chain
	return out, err
}

// versions folds the versions of a person up to a position: of joined accounts those of all,
// seen from the survivor's.
func (s *Service) versions(ctx context.Context, id ledger.PersonID, at ledger.Position,
) (*version.History, *Chain, error) {
	h, p, chain, err := s.accountVersions(ctx, id, at)
	if err == nil && p.MergedInto != uuid.Nil {
		h, p, chain, err = s.accountVersions(ctx, p.MergedInto, at)
	}
	if err != nil {
		return nil, nil, err
	}
	for _, absorbed := range p.Absorbed {
		other, _, proved, err := s.accountVersions(ctx, absorbed, at)
		if err != nil {
			return nil, nil, err
		}
		h.Join(other)
		chain.Joined = append(chain.Joined, StreamHead{proved.Stream, proved.Revision, proved.Head})
	}
	return h, chain, nil
}

// accountVersions folds one account alone.
func (s *Service) accountVersions(ctx context.Context, id ledger.PersonID, at ledger.Position,
) (*version.History, *account.Person, *Chain, error) {
	h, p := version.New(id), account.NewPerson(id)
	chain, err := s.each(ctx, ledger.PersonStream(id), at, func(e ledger.Event, x event.Payload) {
		h.Apply(e, x)
		p.Apply(e, x)
	})
	if err == nil && p.Revision == ledger.NoStream {
		err = personUnknown()
	}
	return h, p, chain, err
}

// ordersBehind gives the orders of the Fund that stand behind versions. The person has a right
// to know why, as have the payer and the courts.
func (s *Service) ordersBehind(ctx context.Context, c Caller, h *version.History,
	at ledger.Position) ([]VersionOrder, error) {
	list := []VersionOrder{}
	receipts := h.Receipts(func(a ledger.Actor) bool {
		role := auth.Role(a.Role)
		return role != auth.Payer && role != auth.Agent // who files for itself carries out no order
	})
	if len(receipts) == 0 {
		return list, nil
	}
	if err := s.await(ctx, projectionOrder, at); err != nil {
		return nil, err
	}
	orders, err := s.models.Order.OfReceipts(ctx, receipts)
	if err != nil {
		return nil, found(err, never)
	}
	for _, o := range orders {
		v := VersionOrder{Order: o.CorrectionProposed.Order, Payer: o.Payer, Receipt: o.Receipt,
			Ground: o.Ground, ProposedBy: o.ProposedBy, ProposedAt: o.ProposedAt,
			DecidedBy: o.DecidedBy, DecidedAt: o.DecidedAt, DecisionGround: o.DecisionGround}
		if allow(c, auth.ReadOrderText, auth.KindPerson, h.Person.String()) == nil {
			if v.Reason, err = s.text(ctx, o.Reason); err != nil {
				return nil, err
			}
			if v.Decision, err = s.text(ctx, o.Decision); err != nil {
				return nil, err
			}
		}
		list = append(list, v)
	}
	return list, nil
}
