package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"

	"golang.org/x/sync/errgroup"

	"github.com/stazh/stazh/ledger/rules"
)

// Sizes of a batch: large enough that handing over costs nothing, small enough that the
// first answers come at once.
const (
	chunkBytes  = 64 << 10
	chunksAhead = 4 // waiting for each worker
	inputBuffer = 1 << 20
	// answerGrowth is a guess of how much longer answers are than questions.
	answerGrowth = 4
)

// chunk is a run of lines on its way: whole lines come in, answers go out. answered is
// closed when they are there.
type chunk struct {
	lines    []byte
	answers  []byte
	answered chan struct{}
}

// answerLines answers lines of questions on all cores, in order. A line that is no
// question gets its error in its place. Memory is bounded however long the input is.
func answerLines(
	ctx context.Context, in io.Reader, out io.Writer, law *rules.Law, form rules.Form,
) error {
	workers := runtime.GOMAXPROCS(0)
	work := make(chan *chunk, workers*chunksAhead)
	order := make(chan *chunk, workers*chunksAhead)
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		defer close(work)
		defer close(order)
		return readChunks(ctx, in, work, order)
	})
	for range workers {
		group.Go(func() error {
			for c := range work {
				c.answer(law, form)
				close(c.answered)
			}
			return nil
		})
	}
	group.Go(func() error {
		w := bufio.NewWriterSize(out, inputBuffer)
		for c := range order {
			<-c.answered
			if _, err := w.Write(c.answers); err != nil {
				return fmt.Errorf("write the answers: %w", err)
			}
			if len(order) == 0 { // nobody waits behind: show what there is
				if err := w.Flush(); err != nil {
					return fmt.Errorf("write the answers: %w", err)
				}
			}
		}
		if err := w.Flush(); err != nil {
			return fmt.Errorf("write the answers: %w", err)
		}
		return nil
	})
	return group.Wait()
}

// readChunks cuts the input into runs of whole lines and hands each to the workers and, in
// order, to the writer.
func readChunks(ctx context.Context, in io.Reader, work, order chan<- *chunk) error {
	r := bufio.NewReaderSize(in, inputBuffer)
	for {
		c := &chunk{answered: make(chan struct{})}
		more, err := c.fill(r)
		if err != nil {
			return err
		}
		if len(c.lines) > 0 {
			for _, to := range []chan<- *chunk{work, order} {
				select {
				case to <- c:
				case <-ctx.Done():
					return ctx.Err()
				}
			}
		}
		if !more {
			return nil
		}
	}
}

// fill takes whole lines until there are enough, or until none waits to be read: who asks
// line by line gets answers line by line. more is false at the end of the input.
func (c *chunk) fill(r *bufio.Reader) (more bool, err error) {
	for len(c.lines) < chunkBytes {
		if more, err = c.line(r); !more || err != nil {
			return false, err
		}
		if r.Buffered() == 0 {
			break
		}
	}
	return true, nil
}

// line takes one line with its end; the last one may have none.
func (c *chunk) line(r *bufio.Reader) (more bool, err error) {
	for len(c.lines) < questionBytesMax {
		part, err := r.ReadSlice('\n')
		c.lines = append(c.lines, part...)
		switch {
		case err == nil:
			return true, nil
		case errors.Is(err, io.EOF):
			return false, nil
		case !errors.Is(err, bufio.ErrBufferFull):
			return false, fmt.Errorf("read the questions: %w", err)
		}
	}
	return false, usage("a line is longer than %d bytes: split its list", questionBytesMax)
}

// answer answers the lines.
func (c *chunk) answer(law *rules.Law, form rules.Form) {
	c.answers = make([]byte, 0, len(c.lines)*answerGrowth)
	for line := range bytes.Lines(c.lines) {
		line = bytes.TrimRight(line, "\r\n")
		c.answers = append(rules.AppendLine(c.answers, law, line, form), '\n')
	}
}
