package format

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"golang.org/x/text/encoding/charmap"

	"github.com/stazh/stazh/commands/intake/document"
)

// smallUnzipped is what an archive may hold whatever its ratio: small texts of blanks
// compress extremely well.
const smallUnzipped = 1 << 20

// nameBytes bounds the names of entries that are shown.
const nameBytes = 200

// openZip looks into an archive: a spreadsheet, or data files with their signatures.
// What it allows is bounded before a byte is unpacked; the reader of archive/zip never
// gives more bytes than the directory declares.
func (f *File) openZip(src Source) error {
	zr, err := zip.NewReader(src, src.Size())
	if err != nil {
		return &document.Fault{Code: codeArchive, Expected: "a whole .zip"}
	}
	if len(zr.File) > f.limits.ZipEntries {
		return &document.Fault{
			Code: codeArchive, Got: fmt.Sprint(len(zr.File)),
			Expected: fmt.Sprintf("at most %d files in the archive", f.limits.ZipEntries),
		}
	}
	if err := f.checkBomb(zr, src.Size()); err != nil {
		return err
	}
	if isWorkbook(zr) {
		book, err := openWorkbook(zr, f.limits)
		if err != nil {
			return err
		}
		f.parts = []*part{{kind: XLSX, enc: UTF8, book: book}}
		return nil
	}
	return f.entries(zr)
}

// checkBomb refuses archives that unpack to far more than they are. The size of the
// archive counts, not those of its entries: entries of a bomb share their bytes.
func (f *File) checkBomb(zr *zip.Reader, size int64) error {
	var total uint64
	for _, e := range zr.File {
		if e.UncompressedSize64 > uint64(f.limits.UnzippedBytes) {
			total = e.UncompressedSize64
			break
		}
		total += e.UncompressedSize64
	}
	if total > uint64(f.limits.UnzippedBytes) ||
		total > smallUnzipped && total > uint64(size)*uint64(f.limits.ZipRatio) {
		return &document.Fault{
			Code: codeArchive, Got: fmt.Sprintf("%d bytes", total),
			Expected: fmt.Sprintf("at most %d bytes unpacked and %d times the archive",
				f.limits.UnzippedBytes, f.limits.ZipRatio),
		}
	}
	return nil
}

// entries makes parts of the data files.
func (f *File) entries(zr *zip.Reader) error {
	for _, e := range zr.File {
		name := entryName(e)
		if strings.HasSuffix(name, "/") || strings.HasPrefix(name, "__MACOSX/") {
			continue
		}
		fault := &document.Fault{Code: codeArchive, Place: document.Place{File: name}}
		switch strings.ToLower(path.Ext(name)) {
		case ".sgn", ".sig", ".p7s", ".p7b", ".cer", ".crt":
			f.Ignored = append(f.Ignored, name)
			continue
		case ".zip", ".xlsx", ".rar", ".7z", ".gz":
			fault.Expected = "no archive or spreadsheet within the archive"
			return fault
		case ".txt", ".csv", ".json", ".ndjson", "":
		default:
			fault.Expected = ".txt, .csv, .json or .ndjson, and .sgn"
			return fault
		}
		if e.Flags&1 != 0 {
			fault.Expected = "an archive without a password"
			return fault
		}
		p := &part{name: name, size: int64(e.UncompressedSize64)}
		p.open = func() (io.ReadCloser, error) {
			r, err := e.Open()
			if err != nil {
				return nil, archiveFault(p, err)
			}
			return &entryReader{r, p}, nil
		}
		f.parts = append(f.parts, p)
		f.Parts = append(f.Parts, name)
	}
	if len(f.parts) == 0 {
		return &document.Fault{Code: codeArchive, Expected: "a report in the archive"}
	}
	return nil
}

// entryReader turns the errors of unpacking into faults: the archive is damaged.
type entryReader struct {
	io.ReadCloser
	p *part
}

func (r *entryReader) Read(b []byte) (int, error) {
	n, err := r.ReadCloser.Read(b)
	if err != nil && !errors.Is(err, io.EOF) {
		err = archiveFault(r.p, err)
	}
	return n, err
}

// archiveFault makes a fault of an error met while unpacking. Errors of the source
// itself stay errors, for they say nothing about the file.
func archiveFault(p *part, err error) error {
	var f *document.Fault
	if p.name == "" || errors.As(err, &f) {
		return err
	}
	return &document.Fault{
		Code: codeArchive, Place: document.Place{File: p.name}, Expected: "an undamaged archive",
	}
}

// entryName gives the name of an entry; old archivers wrote Russian names in CP866.
func entryName(e *zip.File) string {
	name := e.Name
	if e.NonUTF8 {
		if s, err := charmap.CodePage866.NewDecoder().String(name); err == nil {
			name = s
		}
	}
	name = strings.ToValidUTF8(strings.ReplaceAll(name, "\\", "/"), "?")
	if len(name) > nameBytes {
		name = strings.ToValidUTF8(name[len(name)-nameBytes:], "")
	}
	return name
}
