package api

import (
	"io"

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
	format.Marshal = func(w io.Writer, v any) error {
		large, ok := v.(appender)
		if !ok {
			return huma.DefaultJSONFormat.Marshal(w, v)
		}
		b, err := large.appendJSON(nil)
		if err != nil {
			return err
		}
		_, err = w.Write(b)
		return err
	}
	return map[string]huma.Format{jsonType: format, "json": format}
}
