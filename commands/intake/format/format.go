// Package format reads and writes the files in which payers file reports: legacy text
// packs (versions 1.3 to 1.7), CSV, NDJSON, JSON and XLSX, plain or in a .zip. All of
// them become the one model of package document, as a stream in bounded memory, and
// every value knows the line or cell that it stands in.
//
// The package knows no rules: it repairs only what can mean one thing, lists what it
// repaired, and reports what it cannot read as a document.Fault.
package format

import (
	"context"
	"errors"
	"io"
	"iter"
	"sync"

	"github.com/stazh/stazh/commands/intake/document"
)

// Kind is the format of a file.
type Kind string

// The formats.
const (
	TextPack Kind = "textpack" // records TAG=field=…=, one a line
	CSV      Kind = "csv"      // header row and one row a month, movement or person
	NDJSON   Kind = "ndjson"   // {"pack":…}, then one document a line
	JSON     Kind = "json"     // {"pack":…,"documents":[…]}
	XLSX     Kind = "xlsx"     // the columns of CSV in a spreadsheet
)

// Encoding is how the characters of a text file are written.
type Encoding string

// The encodings.
const (
	UTF8        Encoding = "utf-8"
	Windows1251 Encoding = "windows-1251"
	CP866       Encoding = "cp866"
)

// Codes of the control rules under which the readers report.
const (
	codeArchive   = "SPF-001" // the archive cannot be read
	codeEncoding  = "SPF-002" // not UTF-8, windows-1251 or CP866
	codeTooLarge  = "SPF-003" // file, line or record group too large
	codeVersion   = "SPF-008" // unknown version of the text format
	codeOrder     = "SPF-101" // record order, missing or broken structure
	codeUnknown   = "SPF-102" // unknown record, field or column
	codeCount     = "SPF-103" // wrong number of fields
	codeMixed     = "SPF-104" // several forms in one pack
	codeDate      = "SPF-110" // unreadable date
	codeNumber    = "SPF-111" // unreadable number
	codeCharacter = "SPF-112" // forbidden character
	codePackSums  = "SPF-302" // sums of the documents differ from the head's
)

// Default limits.
const (
	// defaultFileBytes holds a pack of 100 000 documents with twelve months each four
	// times over.
	defaultFileBytes = 512 << 20
	// defaultUnzippedBytes bounds the work that one small archive can cause.
	defaultUnzippedBytes = 1 << 30
	// defaultZipRatio is far above what real reports reach (text packs 10 to 40, the
	// XML of spreadsheets up to 100) and below the 1000 of a decompression bomb.
	defaultZipRatio = 200
	// defaultZipEntries holds a year of monthly packs with a signature each; a
	// spreadsheet has some twenty parts.
	defaultZipEntries = 200
	// defaultLineBytes holds the longest document of JSON; records have 2 kB at most.
	defaultLineBytes = 1 << 20
	// defaultRecords is fifty times the 200 documents that a legacy pack may hold.
	defaultRecords = 10_000
	// defaultFaults is more than anybody mends in one document by hand.
	defaultFaults = 200
	// defaultStringBytes bounds the texts of a spreadsheet, the one part of any format
	// that has to be kept in memory.
	defaultStringBytes = 128 << 20
)

// Limits bound what one file may cost. A zero field means its default.
type Limits struct {
	FileBytes     int64 // of the file as filed
	UnzippedBytes int64 // of all that an archive holds
	ZipRatio      int   // unzipped bytes for each byte of the archive
	ZipEntries    int   // files in an archive
	LineBytes     int   // of one line, JSON document or spreadsheet cell
	Records       int   // lines or elements of one document
	Faults        int   // faults that one document lists
	StringBytes   int64 // shared texts of a spreadsheet
}

func (l Limits) withDefaults() Limits {
	return Limits{
		FileBytes:     orDefault(l.FileBytes, defaultFileBytes),
		UnzippedBytes: orDefault(l.UnzippedBytes, defaultUnzippedBytes),
		ZipRatio:      orDefault(l.ZipRatio, defaultZipRatio),
		ZipEntries:    orDefault(l.ZipEntries, defaultZipEntries),
		LineBytes:     orDefault(l.LineBytes, defaultLineBytes),
		Records:       orDefault(l.Records, defaultRecords),
		Faults:        orDefault(l.Faults, defaultFaults),
		StringBytes:   orDefault(l.StringBytes, defaultStringBytes),
	}
}

func orDefault[N int | int64](v, def N) N {
	if v <= 0 {
		return def
	}
	return v
}

// Source is the file as filed; it can be read several times. One that is in memory may give
// it by a method Resident() []byte and is not copied then.
type Source interface {
	io.ReaderAt
	Size() int64
}

// File is a file whose format and encoding are known. Items may run in several goroutines
// at once; Close comes after all of them.
type File struct {
	Format   Kind
	Encoding Encoding // of the first part; UTF8 for XLSX
	Parts    []string // names of the data files of a .zip; nil for a plain file
	Ignored  []string // names of signature files that were left aside

	parts  []*part
	limits Limits
	noted  *repairLog // what detection repaired

	mu      sync.Mutex
	repairs []Repair // guarded by mu
}

// part is one data file: the file itself or an entry of the archive.
type part struct {
	name    string // "" for a plain file
	kind    Kind
	enc     Encoding
	newline byte // '\n', or '\r' in files of old Macs
	size    int64
	open    func() (io.ReadCloser, error)
	held    []byte    // all of it, where it is in memory; never written to
	book    *workbook // XLSX only
}

// Open finds out what the file is. It reads the whole file once: the head of a file may
// be plain ASCII and say nothing about the encoding of the rest. name is a hint only and
// may be empty. A file that is refused as a whole gives a *document.Fault.
func Open(src Source, name string, limits Limits) (*File, error) {
	return open(src, name, limits.withDefaults(), 0)
}

// sniffBytes is how much of a file Sniff looks at: the head of a text pack and the first
// row of a table lie well within it.
const sniffBytes = 64 << 10

// Sniff tells whose file it is before anything is checked: the UNP of the first pack.
// It reads the first 64 KiB only, of a spreadsheet also its shared texts.
func Sniff(src Source, limits Limits) (unp string, ok bool) {
	f, err := open(src, "", limits.withDefaults(), sniffBytes)
	if err != nil {
		return "", false
	}
	for item, err := range f.Items(context.Background()) {
		if err != nil || item.Document != nil {
			return "", false
		}
		if item.Pack != nil {
			return item.Pack.UNP, item.Pack.UNP != ""
		}
	}
	return "", false
}

// Items reads the file from its beginning: packs, each followed by its documents, and
// the faults that concern a pack or the file. It can be called again. An error is one of
// reading or of ctx and ends the sequence; a file that is wrong gives faults only.
func (f *File) Items(ctx context.Context) iter.Seq2[document.Item, error] {
	return func(yield func(document.Item, error) bool) {
		out := &sink{yield: yield, limits: &f.limits, repairs: newRepairLog()}
		out.repairs.add(f.noted)
		for _, p := range f.parts {
			if len(f.parts) > 1 {
				out.file = p.name
			}
			f.readPart(ctx, p, out)
			if out.stopped {
				break
			}
		}
		f.mu.Lock()
		defer f.mu.Unlock()
		f.repairs = out.repairs.list()
	}
}

// Repairs lists what the last complete run of Items mended on its way.
func (f *File) Repairs() []Repair {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.repairs
}

// Close ends the use of the file. The source stays the caller's.
func (f *File) Close() error {
	f.parts = nil
	return nil
}

func (f *File) readPart(ctx context.Context, p *part, out *sink) {
	if p.kind == XLSX {
		readWorkbook(ctx, p.book, out)
		return
	}
	r, err := p.open()
	if err != nil {
		out.fail(err)
		return
	}
	defer func() {
		if err := r.Close(); err != nil && !out.stopped {
			out.fail(err)
		}
	}()
	switch p.kind {
	case TextPack:
		readTextPack(ctx, newLineReader(r, p, f.limits.LineBytes), out)
	case CSV:
		readCSV(ctx, newLineReader(r, p, f.limits.LineBytes), out)
	case NDJSON:
		readNDJSON(ctx, newLineReader(r, p, f.limits.LineBytes), out)
	default:
		readJSON(ctx, r, p, out)
	}
}

// sink takes what a reader finds and numbers it through all parts of the file.
type sink struct {
	yield   func(document.Item, error) bool
	stopped bool
	limits  *Limits
	repairs *repairLog
	file    string // name of the part when there are several
	packs   int
	docs    int
	texts   texts
}

func (s *sink) emit(item document.Item, err error) {
	if !s.stopped && !s.yield(item, err) {
		s.stopped = true
	}
}

func (s *sink) pack(p *document.Pack) { s.emit(document.Item{Pack: p}, nil) }

func (s *sink) document(d *document.Document) { s.emit(document.Item{Document: d}, nil) }

func (s *sink) fault(f document.Fault) { s.emit(document.Item{Fault: &f}, nil) }

// fail ends the run: with an error, or with a fault when the reader met one.
func (s *sink) fail(err error) {
	var f *document.Fault
	if errors.As(err, &f) {
		s.fault(*f)
	} else {
		s.emit(document.Item{}, err)
	}
	s.stopped = true
}

// place is a line of the current part.
func (s *sink) place(line int) document.Place {
	return document.Place{Line: line, File: s.file}
}

// note adds a fault to a document, up to the limit.
func (s *sink) note(d *document.Document, f document.Fault) {
	if len(d.Faults) < s.limits.Faults {
		d.Faults = append(d.Faults, f)
	}
}
