package format

import (
	"encoding/json"
	"fmt"
	"io"
	"iter"

	"github.com/stazh/stazh/commands/intake/document"
	"github.com/stazh/stazh/ledger/money"
)

// jsonWriter builds one value at a time.
type jsonWriter struct {
	b []byte
}

// WriteJSON writes {"pack":…,"documents":[…]} with a document a line.
func WriteJSON(w io.Writer, pack *document.Pack, docs iter.Seq[*document.Document]) error {
	return writeJSON(w, pack, docs, `{"pack":`, ",\n\"documents\":[\n", ",\n", "\n]}\n")
}

// WriteNDJSON writes {"pack":…} and then each document in a line of its own.
func WriteNDJSON(w io.Writer, pack *document.Pack, docs iter.Seq[*document.Document]) error {
	return writeJSON(w, pack, docs, `{"pack":`, "}\n", "\n", "\n")
}

func writeJSON(
	w io.Writer, pack *document.Pack, docs iter.Seq[*document.Document],
	head, open, between, end string,
) error {
	out, err := newTextWriter(w, UTF8)
	if err != nil {
		return err
	}
	j := &jsonWriter{}
	j.b = append(j.b, head...)
	j.pack(pack)
	j.b = append(j.b, open...)
	first := true
	for d := range docs {
		if !first {
			j.b = append(j.b, between...)
		}
		first = false
		j.document(d)
		if _, err := out.Write(j.b); err != nil {
			return fmt.Errorf("format: write: %w", err)
		}
		j.b = j.b[:0]
	}
	j.b = append(j.b, end...)
	if _, err := out.Write(j.b); err != nil {
		return fmt.Errorf("format: write: %w", err)
	}
	return out.close()
}

// name begins a member.
func (j *jsonWriter) name(key string) {
	if last := j.b[len(j.b)-1]; last != '{' && last != '[' {
		j.b = append(j.b, ',')
	}
	if key != "" {
		j.b = append(append(append(j.b, '"'), key...), '"', ':')
	}
}

// members adds the fields that hold something; amounts always do.
func members[T any](j *jsonWriter, fields []field[T], from *T) {
	var buf [64]byte
	for i := range fields {
		f := &fields[i]
		ptr := f.at(from)
		v := jsonNotation.format(buf[:0], ptr, &f.spec)
		if len(v) == 0 {
			continue
		}
		j.name(f.key)
		switch p := ptr.(type) {
		case *int, *bool:
			j.b = append(j.b, v...)
		case *string:
			quoted, err := json.Marshal(*p)
			if err != nil {
				quoted = []byte(`""`)
			}
			j.b = append(j.b, quoted...)
		case *money.Amount:
			j.b = append(append(append(j.b, '"'), v...), '"')
		default:
			j.b = append(append(append(j.b, '"'), v...), '"')
		}
	}
}

func (j *jsonWriter) open(key string) {
	j.name(key)
	j.b = append(j.b, '{')
}

func (j *jsonWriter) close() { j.b = append(j.b, '}') }

// elements adds an array of objects.
func elements[T any](j *jsonWriter, key string, fields []field[T], list []T) {
	if len(list) == 0 {
		return
	}
	j.name(key)
	j.b = append(j.b, '[')
	for i := range list {
		j.open("")
		members(j, fields, &list[i])
		j.close()
	}
	j.b = append(j.b, ']')
}

func (j *jsonWriter) pack(p *document.Pack) {
	j.b = append(j.b, '{')
	members(j, packFields, p)
	if d := p.Declared; d != nil {
		j.open("declared")
		if d.Documents >= 0 {
			j.b = fmt.Appendf(j.b, `"documents":%d`, d.Documents)
		}
		if d.Nominal {
			j.name("nominal")
			j.b = append(j.b, "true"...)
		}
		if d.Totals != nil {
			j.open("totals")
			members(j, sumFields, d.Totals)
			j.close()
		}
		j.close()
	}
	elements(j, "unread", unreadFields, p.Unread)
	j.close()
}

func (j *jsonWriter) document(d *document.Document) {
	j.b = append(j.b, '{')
	members(j, docFields[:len(docFields)-1], d)
	if d.Form == document.PU2 {
		members(j, docFields[len(docFields)-1:], d)
	}
	if r := d.Registration; r != nil {
		j.open("registration")
		members(j, regFields, r)
		if r.Previous != (document.PreviousNames{}) {
			j.open("previous")
			members(j, previousFields, r)
			j.close()
		}
		j.close()
	}
	elements(j, "movements", movementFields, d.Movements)
	if data := d.Data; data != nil {
		j.open("individual_data")
		members(j, dataFields, data)
		if data.Declared != nil {
			j.open("declared")
			members(j, sumFields, data.Declared)
			j.close()
		}
		elements(j, "months", monthFields, data.Months)
		elements(j, "service", serviceFields, data.Service)
		elements(j, "occupations", occupationFields, data.Occupations)
		j.close()
	}
	if d.Report != nil {
		j.open("payer_report")
		elements(j, "lines", lineFields, d.Report.Lines)
		j.close()
	}
	if d.Payment != nil {
		j.open("payment")
		members(j, paymentFields, d.Payment)
		j.close()
	}
	elements(j, "unread", unreadFields, d.Unread)
	j.close()
}
