package service

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"os"

	"github.com/stazh/stazh/ledger"
)

// spool is a file in transfer. It is unlinked at once, so that a crash leaves nothing.
type spool struct {
	*os.File
	size int64
	sum  ledger.Hash
}

// Size is the number of bytes.
func (s *spool) Size() int64 { return s.size }

// spoolOf takes in what content yields; close the result after use.
func (s *Service) spoolOf(ctx context.Context, content io.Reader) (*spool, error) {
	if err := os.MkdirAll(s.spoolDir, 0o700); err != nil {
		return nil, fmt.Errorf("make a temporary file: %w", err)
	}
	f, err := os.CreateTemp(s.spoolDir, "upload-*")
	if err != nil {
		return nil, fmt.Errorf("make a temporary file: %w", err)
	}
	if err := os.Remove(f.Name()); err != nil {
		f.Close() //nolint:errcheck // the first error is the cause
		return nil, fmt.Errorf("make a temporary file: %w", err)
	}
	sum := sha256.New()
	size, err := io.Copy(io.MultiWriter(f, sum), content)
	if err == nil {
		err = ctx.Err()
	}
	if err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	if err != nil {
		f.Close() //nolint:errcheck // the first error is the cause
		return nil, fmt.Errorf("read the file: %w", err)
	}
	return &spool{File: f, size: size, sum: ledger.Hash(sum.Sum(nil))}, nil
}
