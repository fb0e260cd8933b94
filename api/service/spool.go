package service

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"os"

	"github.com/stazh/stazh/ledger"
)

// spool is a file in transfer.
type spool struct {
	spooled
	size int64
	sum  ledger.Hash
}

// spooled is what a spool reads from: memory, or a file that was unlinked at once, so that
// a crash leaves nothing.
type spooled interface {
	io.ReadSeeker
	io.ReaderAt
	io.Closer
}

// inMemory is a spool of a small file.
type inMemory struct {
	*bytes.Reader
	content []byte
}

// Resident gives the whole content, which commands need not copy then.
func (m inMemory) Resident() []byte { return m.content }

// Close does nothing.
func (inMemory) Close() error { return nil }

// spoolMemory bounds what is spooled in memory; nearly every report fits.
const spoolMemory = 1 << 20

// Size is the number of bytes.
func (s *spool) Size() int64 { return s.size }

// spoolOf takes in what content yields; close the result after use.
func (s *Service) spoolOf(ctx context.Context, content io.Reader) (*spool, error) {
	head, err := io.ReadAll(io.LimitReader(content, spoolMemory+1))
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return nil, fmt.Errorf("read the file: %w", err)
	}
	if len(head) <= spoolMemory {
		return &spool{spooled: inMemory{bytes.NewReader(head), head}, size: int64(len(head)),
			sum: sha256.Sum256(head)}, nil
	}
	return s.spoolFile(ctx, io.MultiReader(bytes.NewReader(head), content))
}

func (s *Service) spoolFile(ctx context.Context, content io.Reader) (*spool, error) {
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
	return &spool{spooled: f, size: size, sum: ledger.Hash(sum.Sum(nil))}, nil
}
