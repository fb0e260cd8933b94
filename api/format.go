package api

import (
	"io"
	"sync"

	"github.com/danielgtaylor/huma/v2"
)

// appender is an answer that is so large that it writes its own JSON, line end included,
// the same that encoding/json would.
type appender interface {
	appendJSON(b []byte) ([]byte, error)
}

// formats are huma's own, with regard to appenders.
func formats() map[string]huma.Format {
	format := huma.DefaultJSONFormat
	buffers := sync.Pool{New: func() any { return new([]byte) }}
	format.Marshal = func(w io.Writer, v any) error {
		large, ok := v.(appender)
		if !ok {
			return huma.DefaultJSONFormat.Marshal(w, v)
		}
		room := buffers.Get().(*[]byte) //nolint:forcetypeassert // nothing else is in it
		defer buffers.Put(room)
		b, err := large.appendJSON((*room)[:0])
		if err != nil {
			return err
		}
		*room = b
		_, err = w.Write(b)
		return err
	}
	return map[string]huma.Format{jsonType: format, "json": format}
}
