package format

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"

	"github.com/stazh/stazh/commands/intake/document"
)

// What files begin with.
var (
	magicZip      = []byte("PK\x03\x04")
	magicEmptyZip = []byte("PK\x05\x06")
	// magicArchives are archives that are not read.
	magicArchives = [][]byte{
		[]byte("Rar!"), []byte("7z\xBC\xAF"), {0x1F, 0x8B}, []byte("BZh"), {0xFD, '7', 'z', 'X'},
	}
)

// magicBytes is how much of a file its magic number needs.
const magicBytes = 8

// open is Open; sniff above 0 bounds how much of each part is looked at.
func open(src Source, name string, limits Limits, sniff int64) (*File, error) {
	size := src.Size()
	switch {
	case size > limits.FileBytes:
		return nil, &document.Fault{Code: codeTooLarge, Expected: "a smaller file"}
	case size == 0:
		return nil, &document.Fault{Code: codeOrder, Expected: "a report: the file is empty"}
	}
	head := make([]byte, min(magicBytes, size))
	if _, err := src.ReadAt(head, 0); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	for _, magic := range magicArchives {
		if bytes.HasPrefix(head, magic) {
			return nil, &document.Fault{Code: codeArchive, Expected: "a .zip, or no archive"}
		}
	}
	f := &File{limits: limits, noted: newRepairLog()}
	var err error
	if bytes.HasPrefix(head, magicZip) || bytes.HasPrefix(head, magicEmptyZip) {
		err = f.openZip(src)
	} else {
		f.parts = []*part{{size: size, open: func() (io.ReadCloser, error) {
			return io.NopCloser(io.NewSectionReader(src, 0, size)), nil
		}}}
		if m, ok := src.(interface{ Resident() []byte }); ok && sniff == 0 {
			f.parts[0].held = m.Resident()
		}
	}
	if err != nil {
		return nil, err
	}
	for _, p := range f.parts {
		if err := f.inspect(p, name, sniff); err != nil {
			return nil, err
		}
		if p.kind != f.parts[0].kind {
			return nil, &document.Fault{
				Code: codeArchive, Place: document.Place{File: p.name},
				Expected: "files of one format in the archive",
			}
		}
	}
	f.Format, f.Encoding = f.parts[0].kind, f.parts[0].enc
	return f, nil
}

// inspect reads a part once and finds its encoding and format.
func (f *File) inspect(p *part, name string, sniff int64) error {
	if p.kind == XLSX {
		return nil
	}
	if sniff > 0 {
		whole := p.open
		p.open = func() (io.ReadCloser, error) {
			r, err := whole()
			if err != nil {
				return nil, err
			}
			return limited{io.LimitReader(r, sniff), r}, nil
		}
	}
	r, err := p.open()
	if err != nil {
		return err
	}
	defer r.Close() //nolint:errcheck // nothing was written
	c, err := takeCensus(r, p, sniff > 0 && sniff < p.size)
	if err != nil {
		return archiveFault(p, err)
	}
	enc, sure, err := c.encoding()
	if err != nil {
		return inEntry(p, err)
	}
	p.enc, p.newline = enc, c.newline()
	if !sure {
		f.noted.note(RepairEncodingGuess, document.Place{Line: 1, File: p.name}, "")
	}
	if p.name != "" {
		name = p.name
	}
	p.kind, err = kindOf(c, p, name)
	return inEntry(p, err)
}

// limited reads the beginning of a part and closes all of it.
type limited struct {
	io.Reader
	io.Closer
}

// inEntry names the entry of the archive in a fault.
func inEntry(p *part, err error) error {
	var f *document.Fault
	if errors.As(err, &f) && p.name != "" {
		f.Place.File = p.name
	}
	return err
}

// kindOf tells the format from the first line that is not blank; the name decides only
// where the content leaves a choice.
func kindOf(c *census, p *part, name string) (Kind, error) {
	first := firstLine(bytes.TrimPrefix(c.head, bomUTF8), p)
	if len(first) == 0 {
		return "", &document.Fault{Code: codeOrder, Expected: "a report: the file is empty"}
	}
	switch {
	case first[0] == '{' || first[0] == '[':
		return jsonKind(first, name), nil
	case bytes.HasPrefix(first, []byte("<?xml")) || bytes.HasPrefix(first, []byte("%PDF")) ||
		bytes.HasPrefix(first, []byte("<!")) || bytes.HasPrefix(first, []byte("<html")):
		return "", &document.Fault{
			Code: codeUnknown, Place: document.Place{Line: 1},
			Expected: "a text pack, CSV, JSON or XLSX",
		}
	case isRecord(first):
		return TextPack, nil
	}
	return CSV, nil
}

// firstLine gives the first line that is not blank, decoded. Line ends are the same bytes
// in all encodings.
func firstLine(head []byte, p *part) []byte {
	table := newDecodeTable(p.enc)
	for len(head) > 0 {
		line, rest, _ := bytes.Cut(head, []byte{p.newline})
		if table != nil {
			line = table.decode(nil, line)
		}
		if line = trimBlank(line); len(line) > 0 {
			return line
		}
		head = rest
	}
	return nil
}

// jsonKind tells JSON, one object, from NDJSON, one object a line.
func jsonKind(first []byte, name string) Kind {
	if !json.Valid(first) {
		if strings.HasSuffix(strings.ToLower(name), ".ndjson") {
			return NDJSON
		}
		return JSON
	}
	c := jsonCursor{b: first}
	if c.enter("documents") {
		return JSON
	}
	return NDJSON
}

// isRecord tells whether a line looks like TAG=field=, also with a tag that is unknown.
func isRecord(line []byte) bool {
	line = trimBlank(bytes.TrimLeft(line, "<"))
	if len(line) == 0 || bytes.HasPrefix(line, []byte(endMark)) {
		return true
	}
	tag, _, found := bytes.Cut(line, []byte("="))
	if bytes.EqualFold(trimBlank(tag), []byte("sep")) {
		return false
	}
	return found && !bytes.ContainsAny(tag, ";,\t\"")
}
