package pgvault

import (
	"errors"
	"fmt"
	"io"
	"os"
)

// spool holds a file in transfer: in memory as long as it fits into a chunk, which nearly
// every report does, and beyond that in an unlinked temporary file, so that a crash
// leaves nothing behind.
type spool struct {
	dir    string
	memory []byte
	file   *os.File // nil while the content is in memory
	size   int64
	offset int64 // of the next Read
}

// Write appends to the spool.
func (s *spool) Write(b []byte) (int, error) {
	if s.file == nil && s.size+int64(len(b)) > chunkSize {
		if err := s.moveToFile(); err != nil {
			return 0, err
		}
	}
	s.size += int64(len(b))
	if s.file == nil {
		s.memory = append(s.memory, b...)
		return len(b), nil
	}
	return s.file.Write(b)
}

func (s *spool) moveToFile() error {
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return fmt.Errorf("make a temporary file: %w", err)
	}
	f, err := os.CreateTemp(s.dir, "transfer-*")
	if err != nil {
		return fmt.Errorf("make a temporary file: %w", err)
	}
	if err := os.Remove(f.Name()); err != nil {
		return errors.Join(fmt.Errorf("make a temporary file: %w", err), f.Close())
	}
	if _, err := f.Write(s.memory); err != nil {
		return errors.Join(fmt.Errorf("write a temporary file: %w", err), f.Close())
	}
	s.file, s.memory = f, nil
	return nil
}

// ReadAt implements io.ReaderAt.
func (s *spool) ReadAt(b []byte, offset int64) (int, error) {
	if s.file != nil {
		return s.file.ReadAt(b, offset)
	}
	if offset < 0 || offset >= int64(len(s.memory)) {
		return 0, io.EOF
	}
	n := copy(b, s.memory[offset:])
	if n < len(b) {
		return n, io.EOF
	}
	return n, nil
}

// Read implements io.Reader, from the beginning.
func (s *spool) Read(b []byte) (int, error) {
	n, err := s.ReadAt(b, s.offset)
	s.offset += int64(n)
	if n > 0 && errors.Is(err, io.EOF) {
		err = nil
	}
	return n, err
}

// Size is the number of bytes.
func (s *spool) Size() int64 { return s.size }

// Close gives the space back.
func (s *spool) Close() error {
	s.memory = nil
	if s.file == nil {
		return nil
	}
	return s.file.Close()
}
