package registry

import (
	"errors"
	"fmt"
	"strings"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/projections"
)

// ErrSearch: the text has nothing to search for.
var ErrSearch = errors.New("give at least two letters of one word of the name")

// Ranks of a result, best first. They make up the order of a result list, together with
// the identifier, so that a cursor needs no part of a name.
const (
	rankExact  = 0 // the name begins with exactly the words asked for
	rankBegin  = 1 // the name begins with the text asked for
	rankPrefix = 2 // every word asked for begins a word of the name, in any order
	rankTypo   = 3 // every word asked for is within one letter of a word of the name
)

// search builds the condition and the rank of a tolerant search as SQL.
type search struct {
	args  []any
	where string
	rank  string
}

// newSearch reads the text; args are the query's parameters before those of the search.
func newSearch(text string, args ...any) (*search, error) {
	list := words(text)
	list = list[:min(len(list), wordsMax)]
	s := &search{args: args}
	var prefixes, typos, likes []string
	var beginnings []int32
	for _, w := range list {
		letters := []rune(w)
		w = string(letters[:min(len(letters), lettersMax)])
		like := fmt.Sprintf("' ' || search like %s", s.arg("% "+w+"%"))
		likes = append(likes, like)
		if key, ok := prefixKey(w); ok {
			beginnings = append(beginnings, key)
		}
		if len(letters) == 1 {
			typos = append(typos, like) // an initial: it cannot be mistyped by one letter
			continue
		}
		typos = append(typos, fmt.Sprintf("keys && %s::integer[]", s.arg(typoKeys(w))))
		prefixes = append(prefixes, w)
	}
	if len(prefixes) == 0 {
		return nil, ErrSearch
	}
	whole := strings.Join(list, " ")
	allLike := strings.Join(likes, " and ")
	s.where = strings.Join(typos, " and ")
	if len(beginnings) > 0 {
		s.where = fmt.Sprintf("(%s) or (keys @> %s::integer[] and %s)",
			s.where, s.arg(beginnings), allLike)
	}
	s.rank = fmt.Sprintf(`case when search = %[1]s or search like %[2]s then %[4]d
		when search like %[3]s then %[5]d when %[8]s then %[6]d else %[7]d end`,
		s.arg(whole), s.arg(whole+" %"), s.arg(whole+"%"),
		rankExact, rankBegin, rankPrefix, rankTypo, allLike)
	return s, nil
}

// arg adds a parameter and gives its placeholder. Words hold only letters and digits,
// so none has a meaning in a pattern of LIKE.
func (s *search) arg(value any) string {
	s.args = append(s.args, value)
	return fmt.Sprintf("$%d", len(s.args))
}

// digitsMin is the number of digits from which a text is taken for a number: a UNP has at
// least seven, an insurance number ten, and names of firms rarely more than a year.
const digitsMin = 6

// insuranceNo reads an insurance number, UNP or fund number as people write it: spaces
// and hyphens dropped, capital letters, Cyrillic letters of the look of Latin ones
// replaced. It gives false for a text that is no number.
func insuranceNo(text string) (no string, ok bool) {
	var b strings.Builder
	digits := 0
	for _, r := range strings.ToUpper(text) {
		if r == ' ' || r == '-' {
			continue
		}
		if i := strings.IndexRune(cyrillicLook, r); i >= 0 {
			r = rune(latinLook[i/2]) // two bytes for each Cyrillic letter
		}
		switch {
		case r >= '0' && r <= '9':
			digits++
		case r < 'A' || r > 'Z':
			return "", false
		}
		b.WriteRune(r)
	}
	return b.String(), digits >= digitsMin
}

// Letters of the same look, in the same order.
const (
	cyrillicLook = "АВЕКМНОРСТХ"
	latinLook    = "ABEKMHOPCTX"
)

// place is the cursor of a result list.
type place[T any] struct {
	rank int
	id   T
}

func (p *place[T]) fields(c *ledger.Codec, id func(*ledger.Codec, *T)) {
	c.Int(&p.rank)
	id(c, &p.id)
}

// payerQuery builds the query of a list of payers.
func payerQuery(filter PayerFilter, after place[string], limit int) (string, []any, error) {
	from, to := projections.Offices(filter.Office, filter.Region)
	if filter.Text == "" {
		return "select " + payerColumns + `, 0 from payer
			where registered and office >= $1 and office < $2 and unp > $3
			order by unp limit $4`, []any{from, to, after.id, limit + 1}, nil
	}
	args := []any{after.rank, after.id, limit + 1, from, to}
	where, rank := "(unp = $6 or fund_no = $6)", "0"
	if no, ok := insuranceNo(filter.Text); ok && len(no) == unpLength {
		args = append(args, no)
	} else {
		s, err := newSearch(filter.Text, args...)
		if err != nil {
			return "", nil, err
		}
		where, rank, args = "("+s.where+")", s.rank, s.args
	}
	return "select " + payerColumns + ", rank from (select *, " + rank + ` as rank from payer
		where registered and office >= $4 and office < $5 and ` + where + `) found
		where (rank, unp) > ($1, $2) order by rank, unp limit $3`, args, nil
}

// unpLength is the length of a UNP and of a fund number.
const unpLength = 9
