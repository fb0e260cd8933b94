package statement

import (
	"encoding/hex"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/contribution"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
)

// AppendFields appends the fields of a statement as JSON to b, without braces and without
// the position, byte for byte as encoding/json writes them. An account of thirty years has
// a thousand rows and as many contributions: reflection would take longer than reading and
// folding the events.
func (s *Statement) AppendFields(b []byte) []byte {
	const itemBytes = 400 // about as long as a row; a contribution is a little shorter
	j := writer{slices.Grow(b, itemBytes*(1+len(s.Rows)+len(s.Contributions)))}
	j.key(`"person":`).uuid(s.Person)
	if !s.From.IsZero() {
		j.key(`,"from":`).month(s.From)
	}
	if !s.To.IsZero() {
		j.key(`,"to":`).month(s.To)
	}
	j.key(`,"rows":`)
	list(&j, s.Rows, (*writer).row)
	j.key(`,"contributions":`)
	list(&j, s.Contributions, (*writer).contribution)
	j.key(`,`).balance(&s.Balance)
	j.key(`,"employments":`)
	list(&j, s.Employments, (*writer).employment)
	return j.b
}

// AppendFields appends the fields of a balance as JSON to b, without braces, byte for byte
// as encoding/json writes them.
func (b *Balance) AppendFields(out []byte) []byte {
	j := writer{out}
	j.balance(b)
	return j.b
}

// writer appends JSON. Keys carry their punctuation, so that they read as they are written.
type writer struct{ b []byte }

func list[T any](j *writer, items []T, one func(*writer, *T)) {
	if items == nil {
		j.key(`null`)
		return
	}
	j.key(`[`)
	for i := range items {
		if i > 0 {
			j.key(`,`)
		}
		j.key(`{`)
		one(j, &items[i])
		j.key(`}`)
	}
	j.key(`]`)
}

func (j *writer) row(r *Row) {
	j.key(`"month":`).month(r.Month)
	j.key(`,"earnings":`).amount(r.Earnings)
	j.key(`,"benefits":`).amount(r.Benefits)
	j.key(`,"contributions":`).amount(r.Contributions)
	j.key(`,"paid":`).amount(r.Paid)
	j.optional(`,"tariff":`, r.Tariff)
	j.key(`,"payer":`).text(r.Payer)
	j.key(`,"employment":`).uuid(r.Employment)
	j.key(`,"category":`).text(r.Category)
	j.optional(`,"contract_no":`, r.ContractNo)
	j.key(`,"year":`).int(int64(r.Year))
	j.key(`,"quarters":`).text(r.Quarters)
	j.key(`,"version":`).int(int64(r.Version))
	j.key(`,"receipt":`).text(r.Receipt)
	j.key(`,"document":`).int(int64(r.DocNo))
	j.key(`,"recorded_at":`).time(r.RecordedAt)
	j.key(`,"position":`).int(int64(r.Position))
	j.account(r.Account)
}

// account appends the joined account that a line is of, nothing for the person's own.
func (j *writer) account(id ledger.PersonID) {
	if id != uuid.Nil {
		j.key(`,"account":`).uuid(id)
	}
}

func (j *writer) contribution(c *contribution.Contribution) {
	j.key(`"month":`).month(c.Month)
	j.key(`,"payer":`).text(c.Payer)
	j.key(`,"self_employed":`).bool(c.SelfEmployed)
	j.key(`,"earnings":`).amount(c.Earnings)
	if len(c.Tariffs) > 0 {
		j.key(`,"tariffs":`)
		list(j, c.Tariffs, (*writer).tariff)
	}
	j.key(`,`).funds(&c.Funds)
	if c.Awaiting != nil {
		j.key(`,"awaiting":{"parameter":`).text(c.Awaiting.Parameter)
		j.key(`,"month":`).month(c.Awaiting.Month)
		j.key(`}`)
	}
	j.key(`,"demo":`).bool(c.Demo)
}

func (j *writer) tariff(t *event.TariffSum) {
	j.key(`"tariff":`).text(t.Tariff)
	j.key(`,"earnings":`).amount(t.Earnings)
}

func (j *writer) funds(f *contribution.Funds) {
	j.key(`"base":`).amount(f.Base)
	j.key(`,"insured":`).amount(f.Insured)
	j.key(`,"pension":`).amount(f.Pension)
	j.key(`,"social":`).amount(f.Social)
	j.key(`,"own_pension":`).amount(f.OwnPension)
	j.key(`,"own_social":`).amount(f.OwnSocial)
	j.key(`,"for_pensions":`).amount(f.ForPensions)
	j.key(`,"for_social":`).amount(f.ForSocial)
	j.key(`,"total":`).amount(f.Total)
}

func (j *writer) balance(b *Balance) {
	j.key(`"years":`)
	list(j, b.Years, (*writer).year)
	j.key(`,"total":{`).totals(&b.Total)
	j.key(`},"demo":`).bool(b.Demo)
}

func (j *writer) year(y *Year) {
	j.key(`"year":`).int(int64(y.Year))
	j.key(`,`).totals(&y.Totals)
}

func (j *writer) totals(t *Totals) {
	j.key(`"reported":{"earnings":`).amount(t.Reported.Earnings)
	j.key(`,"benefits":`).amount(t.Reported.Benefits)
	j.key(`,"contributions":`).amount(t.Reported.Contributions)
	j.key(`,"paid":`).amount(t.Reported.Paid)
	j.key(`},"computed":{`).funds(&t.Computed)
	j.key(`},"awaiting":`).int(int64(t.Awaiting))
}

func (j *writer) employment(e *Employment) {
	j.key(`"employment":`).uuid(e.ID)
	j.key(`,"payer":`).text(e.Payer)
	j.date(`,"hired_on":`, e.HiredOn)
	j.date(`,"ended_on":`, e.EndedOn)
	j.optional(`,"end_reason":`, e.EndReason)
	j.optional(`,"contract":`, e.Contract)
	j.optional(`,"contract_no":`, e.ContractNo)
	j.date(`,"contract_date":`, e.ContractDate)
	j.key(`,"form":`).text(e.Form)
	j.key(`,"recorded_at":`).time(e.RecordedAt)
	j.account(e.Account)
}

func (j *writer) key(k string) *writer {
	j.b = append(j.b, k...)
	return j
}

func (j *writer) int(n int64) { j.b = strconv.AppendInt(j.b, n, 10) }

func (j *writer) bool(v bool) { j.b = strconv.AppendBool(j.b, v) }

func (j *writer) amount(a money.Amount) { j.b = append(a.AppendText(append(j.b, '"')), '"') }

func (j *writer) month(m period.Month) { j.b = append(m.AppendText(append(j.b, '"')), '"') }

// date appends a key and a day, nothing for the null date.
func (j *writer) date(key string, d period.Date) {
	if !d.IsZero() {
		j.key(key).text(d.String())
	}
}

func (j *writer) time(t time.Time) {
	j.b = append(t.AppendFormat(append(j.b, '"'), time.RFC3339Nano), '"')
}

func (j *writer) uuid(id uuid.UUID) {
	b := hex.AppendEncode(append(j.b, '"'), id[:4])
	b = hex.AppendEncode(append(b, '-'), id[4:6])
	b = hex.AppendEncode(append(b, '-'), id[6:8])
	b = hex.AppendEncode(append(b, '-'), id[8:10])
	b = hex.AppendEncode(append(b, '-'), id[10:])
	j.b = append(b, '"')
}

// optional appends a key and a text, nothing for an empty one.
func (j *writer) optional(key, s string) {
	if s != "" {
		j.key(key).text(s)
	}
}

// text appends a text; what needs care is left to encoding/json.
func (j *writer) text(s string) {
	if plain(s) {
		j.b = append(append(append(j.b, '"'), s...), '"')
		return
	}
	var out strings.Builder
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(s) // a string and a builder cannot fail
	j.b = append(j.b, strings.TrimSuffix(out.String(), "\n")...)
}

// plain tells whether a text stands in JSON as it is.
func plain(s string) bool {
	ascii := true
	for i := range len(s) {
		switch c := s[i]; {
		case c < ' ' || c == '"' || c == '\\' || c == 0xe2: // the last begins U+2028
			return false
		case c >= utf8.RuneSelf:
			ascii = false
		}
	}
	return ascii || utf8.ValidString(s)
}
