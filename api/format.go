package api

import (
	"io"
	"strconv"
	"sync"

	"github.com/danielgtaylor/huma/v2"
)

// appender is an answer that is so large that it writes its own JSON, line end included,
// the same that encoding/json would.
type appender interface {
	// appendJSON gives the JSON in a room of the pool, which is the caller's then.
	appendJSON(p *roomPool) (*room, error)
}

// room is the memory that a large answer is written in.
type room struct{ b []byte }

// roomPool keeps rooms for the next answers.
type roomPool struct{ sync.Pool }

func (p *roomPool) take() *room {
	if r, ok := p.Get().(*room); ok {
		return r
	}
	return &room{}
}

func (p *roomPool) give(r *room) {
	r.b = r.b[:0]
	p.Put(r)
}

// writeLarge has an appender written before the header is sent, which then tells its length:
// the client has all of the answer as soon as it is written, and need not wait for the end
// of the request.
func (p *roomPool) writeLarge(ctx huma.Context, _ string, v any) (any, error) {
	large, ok := v.(appender)
	if !ok {
		return v, nil
	}
	r, err := large.appendJSON(p)
	if err != nil {
		return nil, err
	}
	ctx.SetHeader("Content-Length", strconv.Itoa(len(r.b)))
	return r, nil
}

// formats are huma's own, with regard to what writeLarge has written.
func (p *roomPool) formats() map[string]huma.Format {
	format := huma.DefaultJSONFormat
	format.Marshal = func(w io.Writer, v any) error {
		r, ok := v.(*room)
		if !ok {
			return huma.DefaultJSONFormat.Marshal(w, v)
		}
		defer p.give(r)
		_, err := w.Write(r.b)
		return err
	}
	return map[string]huma.Format{jsonType: format, "json": format}
}
