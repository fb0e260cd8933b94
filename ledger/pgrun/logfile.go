package pgrun

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"
	"time"
)

const (
	// logBytesMax is the size at which a log file is cut; with the part before it, the logs
	// of one cluster take at most about twice this (and what one check interval adds).
	logBytesMax = 8 << 20
	// logCheckEvery is how often a running server's log is measured.
	logCheckEvery = 5 * time.Minute
	// tailLinesMax and tailBytesMax bound the log lines that an error quotes.
	tailLinesMax = 12
	tailBytesMax = 4 << 10
)

// logFile is the file that Postgres writes its messages to. It is opened by us and handed
// over as standard error, so it may lie where the Postgres user has no access.
type logFile struct {
	path string
	own  owner
}

// open returns the file for appending, and its present size.
func (l logFile) open() (*os.File, int64, error) {
	f, err := l.own.open(l.path, os.O_WRONLY|os.O_APPEND)
	if err != nil {
		return nil, 0, err
	}
	info, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, 0, err
	}
	return f, info.Size(), nil
}

// rotate copies a file that has grown too big to .1 and empties it. Emptying instead of
// renaming keeps the descriptor of a running Postgres good, which appends at the new end; a
// line written between copy and cut may be lost, which a log can bear.
func (l logFile) rotate() error {
	info, err := os.Stat(l.path)
	if errors.Is(err, fs.ErrNotExist) || err == nil && info.Size() <= logBytesMax {
		return nil
	}
	if err != nil {
		return err
	}
	in, err := os.Open(l.path)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := l.own.open(l.path+".1", os.O_WRONLY|os.O_TRUNC)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	if err := errors.Join(err, out.Close()); err != nil {
		return err
	}
	return os.Truncate(l.path, 0)
}

// tail gives the last lines written after offset, or nothing when they cannot be read.
func (l logFile) tail(offset int64) string {
	f, err := os.Open(l.path)
	if err != nil {
		return ""
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return ""
	}
	if info.Size() < offset { // cut meanwhile
		offset = 0
	}
	start := max(offset, info.Size()-tailBytesMax)
	buf, err := io.ReadAll(io.NewSectionReader(f, start, info.Size()-start))
	if err != nil {
		return ""
	}
	if start > offset { // begins within a line
		_, buf, _ = bytes.Cut(buf, []byte("\n"))
	}
	lines := strings.Split(strings.TrimSpace(string(buf)), "\n")
	return strings.Join(lines[max(0, len(lines)-tailLinesMax):], "\n")
}
