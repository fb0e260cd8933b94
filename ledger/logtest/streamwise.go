package logtest

import (
	"context"

	"github.com/stazh/stazh/ledger"
)

// Streamwise records an append stream by stream, in the order given, on a log that is
// atomic: what is built on a Log meets all that can be left by an append that was cut
// short. Around a Faulty log each of its orders is for one stream of an append.
type Streamwise struct{ ledger.Log }

// Guarantees implements ledger.Log.
func (s Streamwise) Guarantees() ledger.Guarantees {
	return ledger.Guarantees{Dense: s.Log.Guarantees().Dense}
}

// Append implements ledger.Log.
func (s Streamwise) Append(
	ctx context.Context, batch ...ledger.StreamAppend,
) (ledger.Result, error) {
	if _, _, err := ledger.DefaultLimits().Check(batch); err != nil {
		return ledger.Result{}, err
	}
	all := ledger.Result{Repeated: true}
	for i := range batch {
		one, err := s.Log.Append(ctx, batch[i])
		if err != nil {
			return ledger.Result{}, err
		}
		all.Position = max(all.Position, one.Position)
		all.RecordedAt = one.RecordedAt
		all.Repeated = all.Repeated && one.Repeated
	}
	return all, nil
}
