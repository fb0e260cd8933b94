package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"

	"github.com/stazh/stazh/api/service"
	"github.com/stazh/stazh/fixtures/country"
	"github.com/stazh/stazh/projections"
)

// filed tells whether a file was received and processed before.
func (l *loader) filed(ctx context.Context, f country.File) (bool, error) {
	var content bytes.Buffer
	if err := f.Write(&content); err != nil {
		return false, fmt.Errorf("write %s: %w", f.Name, err)
	}
	list, _, err := l.node.Models.Filing.BySHA256(ctx, sha256.Sum256(content.Bytes()))
	if errors.Is(err, projections.ErrNotFound) {
		return false, nil
	}
	for _, x := range list {
		if x.Payer == f.Payer && x.Processed != nil {
			return true, nil
		}
	}
	return false, err
}

// fileAll files everything in the order of the country's calendar and waits until all
// of it is processed and in the read models.
func (l *loader) fileAll(ctx context.Context, total int64) error {
	bar := l.progress("Filing reports", "files")
	filed := int64(0)
	for f := range l.country.Files() {
		if err := l.file(ctx, f); err != nil {
			return err
		}
		filed++
		bar.set(filed-int64(len(l.pending)), total)
	}
	for len(l.pending) > 0 {
		if err := l.finishOldest(ctx); err != nil {
			return err
		}
		bar.set(filed-int64(len(l.pending)), total)
	}
	bar.end(filed)
	return l.caughtUp(ctx)
}

// file hands in one file as its payer would; the clerk processes it.
func (l *loader) file(ctx context.Context, f country.File) error {
	var content bytes.Buffer
	if err := f.Write(&content); err != nil {
		return fmt.Errorf("write %s: %w", f.Name, err)
	}
	caller := service.Caller{Subject: "demo-" + f.Payer, Role: rolePayer}
	received, err := l.Submit(ctx, caller, service.Submission{Payer: f.Payer,
		Content: &content, Channel: service.ChannelDemo, Ground: demoGround})
	if err != nil {
		return fmt.Errorf("file %s: %w", f.Name, err)
	}
	l.pending = append(l.pending, pendingFiling{received.Value.Receipt, received.Position})
	for len(l.pending) >= pendingMax {
		if err := l.finishOldest(ctx); err != nil {
			return err
		}
	}
	return nil
}

// finishOldest waits for the filing that has waited longest.
func (l *loader) finishOldest(ctx context.Context) error {
	oldest := l.pending[0]
	l.pending = l.pending[1:]
	// The read model of filings may not have heard of it yet.
	if err := l.node.Runner.WaitFor(ctx, "filing", oldest.position); err != nil {
		return err
	}
	if _, err := l.WaitProcessed(ctx, l.caller, oldest.receipt); err != nil {
		return fmt.Errorf("process receipt %s: %w", oldest.receipt, err)
	}
	return nil
}
