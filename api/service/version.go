package service

import (
	"context"
	"fmt"

	"github.com/stazh/stazh/api/auth"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/projections/version"
)

// Versions gives all versions of a person's reports and employment records that the filter
// leaves, with who recorded each. It reads the person's events, whose chain of hashes is
// verified and comes with the answer.
func (s *Service) Versions(ctx context.Context, c Caller, id ledger.PersonID, r Read,
	filter version.Filter) (Answer[version.History], error) {
	var none Answer[version.History]
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
	history := version.New(id)
	chain, err := s.each(ctx, ledger.PersonStream(id), at, history.Apply)
	if err == nil && chain.Revision == ledger.NoStream {
		err = personUnknown()
	}
	if err != nil {
		return none, err
	}
	out, err := answer(ctx, s, history.Select(filter), at)
	out.Chain = chain
	return out, err
}
