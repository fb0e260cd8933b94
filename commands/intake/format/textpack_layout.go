package format

import (
	"encoding/binary"
	"math/bits"

	"github.com/stazh/stazh/commands/intake/document"
)

// Tags of the records.
const (
	tagHead     = "ЗГЛВ"
	tagPack     = "ПАЧК"
	tagForms    = "ТИПД"
	tagMovement = "ДВИЖ"
	tagMonth    = "НЧСЛ"
	tagService  = "СТАЖ"
)

// endMark begins a line that some writers put behind a pack.
const endMark = "___"

// knownVersion tells whether the layouts below are those of the version: payroll systems
// write 1.3, 1.4, 1.5 and 1.7; 1.6 lies between and shares their layouts.
func knownVersion(v string) bool {
	switch v {
	case "1.3", "1.4", "1.5", "1.6", "1.7":
		return true
	}
	return false
}

const knownVersions = "1.3 | 1.4 | 1.5 | 1.6 | 1.7"

// Numbers of fields of the pack's records.
const (
	packCount      = 7
	packCountPU6   = 15
	formsCount     = 5 // versions 1.3 and 1.4: three blanks
	formsCountSums = 6 // ПУ-3: four sums; version 1.7: four blanks
)

var (
	docAll = concat(
		docFields,
		lift("registration/", regFields, registrationOf),
		lift("registration/previous/", previousFields, registrationOf),
		lift("individual_data/", dataFields, dataOf),
		lift("individual_data/declared/", sumFields, declaredOf),
	)
	packLayout    = pick(packFields, "unp", "fund_no", "payer_name", "pack_no")
	packLayoutPU6 = pick(packFields, "unp", "fund_no", "payer_name", "pack_no", "type",
		"quarters", "year")
	packSumsPU6 = pick(sumFields, "earnings", "contributions", "paid")
	pu1Layout   = pick(docAll, "type", "fund_no", "registration/surname",
		"registration/name", "registration/patronymic", "registration/sex",
		"registration/citizenship", "registration/birth_date",
		"registration/birth_settlement", "registration/birth_district",
		"registration/birth_region", "registration/birth_country",
		"registration/document_series", "registration/document_no",
		"registration/document_date", "registration/document_issuer",
		"registration/personal_no", "registration/postcode", "registration/address",
		"registration/phone", "registration/phone2", "filled_on",
		"registration/insurance_no", "registration/previous/surname",
		"registration/previous/name", "registration/previous/patronymic",
		"registration/previous/birth_date")
	pu2Layout = pick(docAll, "type", "fund_no", "", "", "declared_movements", "phone",
		"filled_on", "quarters", "year")
	pu3Layout = pick(docAll, "type", "fund_no", "individual_data/insurance_no",
		"individual_data/surname", "individual_data/initial", "individual_data/initial2",
		"individual_data/category", "individual_data/contract_no",
		"individual_data/contract_date", "", "", "individual_data/declared/earnings",
		"individual_data/declared/benefits", "individual_data/declared/contributions",
		"individual_data/declared/paid", "individual_data/declared_months",
		"individual_data/declared_service", "filled_on", "quarters", "year", "phone")
	pu6Layout = pick(docAll, "type", "fund_no", "individual_data/insurance_no",
		"individual_data/surname", "individual_data/initial", "individual_data/initial2",
		"individual_data/"+highestTariff, "", "individual_data/declared/earnings",
		"individual_data/declared/contributions", "individual_data/declared/paid",
		"individual_data/declared_months", "individual_data/declared_service", "filled_on",
		"quarters", "year", "phone")
	movementLayout = pick(movementFields, "surname", "initial", "initial2", "insurance_no",
		"hired_on", "contract", "dismissed_on", "", "reason")
	monthLayout = pick(monthFields, "month", "earnings", "benefits", "contributions", "paid",
		"tariff")
	monthLayoutPU6 = pick(monthFields, "month", "earnings", "contributions", "")
	serviceLayout  = pick(serviceFields, "from", "to", "occupation", "activity",
		"indicator1", "indicator2")
	occupationLayout = pick(occupationFields, "from", "to", "occupation", "sub_code",
		"derived_code", "", "", "classifier", "activity", "list_position", "team_code",
		"indicator", "share")
)

// declaredAt gives the places of the sums in the head of a form, 0-based, ends included.
func declaredAt(f document.Form) (first, last int) {
	if f == document.PU6 {
		return 8, 10
	}
	return 11, 14
}

// headLayout gives the layout of a form's head record, nil for a form not taken.
func headLayout(f document.Form) []field[doc] {
	switch f {
	case document.PU1:
		return pu1Layout
	case document.PU2:
		return pu2Layout
	case document.PU3:
		return pu3Layout
	case document.PU6:
		return pu6Layout
	}
	return nil
}

func monthLayoutOf(f document.Form) []field[document.Month] {
	if f == document.PU6 {
		return monthLayoutPU6
	}
	return monthLayout
}

func concat[T any](lists ...[]field[T]) []field[T] {
	var all []field[T]
	for _, l := range lists {
		all = append(all, l...)
	}
	return all
}

// record is one line of a text pack.
type record struct {
	opens    bool // < in front
	closes   bool // > behind
	tag      []byte
	fields   [][]byte
	unended  bool // the last field lacks its =
	onlyMark bool // nothing but < or >
}

// parse takes a trimmed, non-empty line apart; the record holds parts of the line.
func (r *record) parse(line []byte) {
	*r = record{fields: r.fields[:0]}
	if line[0] == '<' {
		r.opens = true
		line = trimBlank(line[1:])
	}
	if n := len(line); n > 0 && line[n-1] == '>' {
		r.closes = true
		line = line[:n-1]
		// A blank behind the last = is not a field when the group mark follows it.
		if trimmed := trimBlank(line); len(trimmed) == 0 || trimmed[len(trimmed)-1] == '=' {
			line = trimmed
		}
	}
	if len(line) == 0 {
		r.onlyMark = true
		return
	}
	start := -1
	for i := 0; i < len(line); i += 8 { // as many bytes are looked at together
		for ends := equalsSigns(upToEight(line[i:])); ends != 0; ends &= ends - 1 {
			end := i + bits.TrailingZeros64(ends)/8
			if start < 0 {
				r.tag = trimBlank(line[:end])
			} else {
				r.fields = append(r.fields, line[start:end])
			}
			start = end + 1
		}
	}
	switch {
	case start < 0:
		r.tag, r.unended = line, true
	case start < len(line):
		r.fields = append(r.fields, line[start:])
		r.unended = true
	}
}

// upToEight gives the first eight bytes, with zeros behind fewer.
func upToEight(b []byte) (eight uint64) {
	if len(b) >= 8 {
		return binary.LittleEndian.Uint64(b)
	}
	for i, c := range b {
		eight |= uint64(c) << (8 * i)
	}
	return eight
}

// equalsSigns gives the highest bit of each of eight bytes that is a =.
func equalsSigns(eight uint64) uint64 {
	const (
		each = 0x0101010101010101
		low  = 0x7f * each
	)
	other := eight ^ '='*each // whose zero bytes are wanted
	return ^((other&low + low) | other | low)
}
