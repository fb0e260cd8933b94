package format

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"

	"github.com/stazh/stazh/commands/intake/document"
)

// file reads the one object of the file.
func (f *jsonFile) file(ctx context.Context) error {
	if err := f.delim('{'); err != nil {
		return err
	}
	seen := map[string]bool{}
	for f.dec.More() {
		f.extend()
		token, err := f.dec.Token()
		if err != nil {
			return err
		}
		key, _ := token.(string)
		at := f.dec.InputOffset()
		switch {
		case seen[key] || key != "pack" && key != "documents":
			f.out.fault(document.Fault{
				Code: codeUnknown, Pointer: "/" + clip(key),
				Place: f.out.place(f.lines.lineAt(at)), Got: clip(key), GotKind: document.GotName,
				Expected: `"pack" and "documents" once each`,
			})
			_, _, err = f.value()
		case key == "pack":
			var raw []byte
			var line int
			if raw, line, err = f.value(); err == nil {
				f.readPack(raw, line)
			}
		default:
			err = f.documents(ctx)
		}
		seen[key] = true
		if err != nil || f.out.stopped {
			return err
		}
	}
	if err := f.delim('}'); err != nil {
		return err
	}
	f.extend()
	if _, err := f.dec.Token(); !errors.Is(err, io.EOF) {
		return &document.Fault{Code: codeOrder, Expected: "nothing behind the JSON object"}
	}
	return nil
}

// documents reads the array, one document after the other.
func (f *jsonFile) documents(ctx context.Context) error {
	if err := f.delim('['); err != nil {
		return err
	}
	for n := 1; f.dec.More(); n++ {
		if n%linesPerCheck == 0 {
			if err := ctx.Err(); err != nil {
				return err
			}
		}
		raw, line, err := f.value()
		if err != nil {
			return err
		}
		if raw[0] == '{' {
			f.readDocument(raw, line)
		} else {
			f.broken(line, "a JSON object")
		}
		if f.out.stopped {
			return nil
		}
	}
	return f.delim(']')
}

// value reads one value whole; the bytes are the caller's.
func (f *jsonFile) value() (raw []byte, line int, err error) {
	f.extend()
	var m json.RawMessage
	if err := f.dec.Decode(&m); err != nil {
		return nil, 0, err
	}
	raw = bytes.TrimSpace(m)
	if int64(len(raw)) > f.limit {
		return nil, 0, &document.Fault{Code: codeTooLarge, Expected: "smaller documents"}
	}
	line = f.lines.lineAt(f.dec.InputOffset() - int64(len(raw)))
	return raw, line, nil
}

// delim reads the next token, which must be the given mark.
func (f *jsonFile) delim(want json.Delim) error {
	f.extend()
	token, err := f.dec.Token()
	if err != nil {
		return err
	}
	if token != want {
		return &document.Fault{Code: codeOrder, Expected: want.String()}
	}
	return nil
}
