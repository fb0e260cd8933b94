package main

import (
	"context"
	"errors"

	"github.com/stazh/stazh/api/auth"
	"github.com/stazh/stazh/ledger/pglog"
)

// ledgerSeal packs full partitions now, at full speed; a server does it by itself.
type ledgerSeal struct {
	All bool `help:"Also the newest full partition, which a server leaves alone for a while."`
}

// Run seals; reading and appending go on meanwhile.
func (c *ledgerSeal) Run(ctx context.Context, a *app) error {
	return a.read(ctx, func(ctx context.Context, s *session) error {
		err := a.allow(roleOfficer, auth.ReadLedger, auth.Object{Kind: auth.KindLedger})
		if err != nil {
			return err
		}
		bar := a.progress("Sealing", "events")
		var events int64
		n, err := s.node.Log.SealPartitions(ctx, pglog.SealOptions{All: c.All,
			Progress: func(done, of int64) {
				events = max(events, done)
				bar.set(done, of)
			}})
		if errors.Is(err, pglog.ErrSealPostponed) {
			return unavailable("%w", err)
		}
		if err != nil {
			return err
		}
		if n > 0 {
			bar.end(events)
		}
		answer := struct {
			Partitions int `json:"partitions"`
		}{n}
		return a.term.answer(answer, func() { a.term.printf("%s\n", sealedText(n)) })
	})
}

func sealedText(n int) string {
	switch n {
	case 0:
		return "There is nothing to seal."
	case 1:
		return "One partition of the ledger is sealed."
	}
	return grouped(int64(n)) + " partitions of the ledger are sealed."
}
