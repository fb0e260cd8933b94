package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"
)

// wires post to a server over connections of their own. They do no more than HTTP/1.1 asks of
// a client: net/http's takes some forty microseconds for a request, these less than ten, of the
// same processors that the server works on, and it is the server that is measured.
type wires struct {
	address string
	free    chan *wire // nil: to be dialled
}

// wire is one connection.
type wire struct {
	conn net.Conn
	in   *bufio.Reader
	out  []byte // memory for a request
}

// newWires makes room for so many connections.
func newWires(address string, connections int) *wires {
	w := &wires{address, make(chan *wire, connections)}
	for range connections {
		w.free <- nil
	}
	return w
}

// post sends a posting, as client.post does.
func (w *wires) post(ctx context.Context, p posting, answer any) error {
	x := <-w.free
	keep := false
	defer func() {
		if !keep && x != nil {
			_ = x.conn.Close() // another one is dialled next time
			x = nil
		}
		w.free <- x
	}()
	if x == nil {
		conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", w.address)
		if err != nil {
			return err
		}
		x = &wire{conn: conn, in: bufio.NewReader(conn)}
	}
	if err := x.conn.SetDeadline(time.Now().Add(answerMax)); err != nil {
		return err
	}
	x.out = p.appendRequest(x.out[:0], w.address)
	if _, err := x.conn.Write(x.out); err != nil {
		return err
	}
	r, err := readReply(x.in)
	if err != nil {
		return err
	}
	keep = !r.last
	return r.take(p, answer)
}

// appendRequest appends the request as it goes over the wire.
func (p *posting) appendRequest(b []byte, host string) []byte {
	b = append(append(append(b, "POST "...), p.path...), " HTTP/1.1\r\nHost: "...)
	b = append(append(append(b, host...), "\r\nContent-Type: "...), p.kind...)
	b = append(append(b, "\r\nIdempotency-Key: "...), p.key...)
	b = append(append(b, "\r\nStazh-Subject: bench\r\nStazh-Role: "...), p.role...)
	b = strconv.AppendInt(append(b, "\r\nContent-Length: "...), int64(len(p.body)), 10)
	return append(append(b, "\r\n\r\n"...), p.body...)
}

// reply is an answer of the server.
type reply struct {
	status int
	body   []byte
	last   bool // the server closes the connection after it
}

// take gives what the answer says, as client.do does.
func (r reply) take(p posting, answer any) error {
	switch {
	case r.status == http.StatusServiceUnavailable:
		return errBusy
	case r.status >= http.StatusMultipleChoices:
		return fmt.Errorf("POST %s: %d: %s", p.path, r.status, r.body)
	case answer == nil:
		return nil
	}
	return json.Unmarshal(r.body, answer)
}

// errReply: the server's answer is not HTTP/1.1.
var errReply = errors.New("the answer is no HTTP/1.1")

// readReply reads an answer to its end.
func readReply(in *bufio.Reader) (r reply, err error) {
	line, err := replyLine(in)
	if err != nil {
		return r, err
	}
	rest, ok := bytes.CutPrefix(line, []byte("HTTP/1.1 "))
	if !ok || len(rest) < len("200") {
		return r, fmt.Errorf("%w: %.40q", errReply, line)
	}
	if r.status, err = strconv.Atoi(string(rest[:3])); err != nil {
		return r, fmt.Errorf("%w: %.40q", errReply, line)
	}
	size, chunked := 0, false
	for {
		if line, err = replyLine(in); err != nil || len(line) == 0 {
			break
		}
		name, value, _ := bytes.Cut(line, []byte(": "))
		switch string(name) { // as Go's server writes them
		case "Content-Length":
			size, err = strconv.Atoi(string(value))
		case "Transfer-Encoding":
			chunked = true
		case "Connection":
			r.last = string(value) == "close"
		}
		if err != nil {
			break
		}
	}
	if err != nil {
		return r, err
	}
	if chunked {
		return r, r.readChunks(in)
	}
	return r, r.readBody(in, size)
}

// replyLine reads a line without its end. It holds until the next read.
func replyLine(in *bufio.Reader) ([]byte, error) {
	line, err := in.ReadSlice('\n')
	return bytes.TrimSuffix(line, []byte("\r\n")), err
}

func (r *reply) readBody(in *bufio.Reader, size int) error {
	from := len(r.body)
	r.body = append(r.body, make([]byte, size)...)
	_, err := io.ReadFull(in, r.body[from:])
	return err
}

func (r *reply) readChunks(in *bufio.Reader) error {
	for {
		line, err := replyLine(in)
		if err != nil {
			return err
		}
		size, err := strconv.ParseUint(string(line), 16, 31)
		if err != nil {
			return fmt.Errorf("%w: %w", errReply, err)
		}
		if err := r.readBody(in, int(size)); err != nil {
			return err
		}
		if _, err := replyLine(in); err != nil || size == 0 {
			return err
		}
	}
}
