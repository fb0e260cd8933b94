package registry

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/projections"
)

// ErrSearch: the text has nothing to search for.
var ErrSearch = errors.New("give at least two letters of one word of the name")

// Ranks of a result, best first. Those of the first rank come in the order of the
// alphabet, which an index gives without reading all of them; the others are sought only
// when a page is not full yet.
const (
	rankBegin  = 0 // the name begins with the text asked for
	rankPrefix = 1 // every word asked for begins a word of the name, in any order
	rankTypo   = 2 // every word asked for is within one letter of a word of the name
)

// candidatesMax bounds the results of the later ranks: whoever searches for two common
// first names is better served by asking for a surname than by waiting.
const candidatesMax = 20_000

// place is the cursor of a result list. It names the last row by its identifier and not
// by the name it is sorted by, as cursors appear in URLs.
type place[K any] struct {
	rank int
	id   K
}

func (p *place[K]) fields(c *ledger.Codec, id func(*ledger.Codec, *K)) {
	c.Int(&p.rank)
	id(c, &p.id)
}

// listing is the table that a search looks through.
type listing struct {
	table, key, columns string
	filter              string // a condition with the parameters args
	args                []any
}

// hit is a row that was found.
type hit[T any] struct {
	item T
	rank int
}

// query is a statement in the making.
type query struct{ args []any }

// arg adds a parameter and gives its placeholder.
func (q *query) arg(value any) string {
	q.args = append(q.args, value)
	return fmt.Sprintf("$%d", len(q.args))
}

// search gives at most limit rows after a place, best first; continued is false at the
// beginning of the list.
func search[T, K any](ctx context.Context, tx pgx.Tx, l listing, list []string,
	after place[K], continued bool, limit int, scan pgx.RowToFunc[T],
) ([]hit[T], error) {
	var hits []hit[T]
	whole := strings.Join(list, " ")
	if !continued || after.rank == rankBegin {
		q := query{append([]any(nil), l.args...)}
		further := "true"
		if continued {
			id := q.arg(after.id)
			further = fmt.Sprintf("(search, %[1]s) > ("+
				"(select search from %[2]s where %[1]s = %[3]s), %[3]s)", l.key, l.table, id)
		}
		rows, err := tx.Query(ctx, fmt.Sprintf(
			"select %s from %s where %s and %s and %s order by search, %s limit %s",
			l.columns, l.table, l.filter, q.begins(whole), further, l.key, q.arg(limit)),
			q.args...)
		if err != nil {
			return nil, err
		}
		items, err := pgx.CollectRows(rows, scan)
		if err != nil {
			return nil, err
		}
		for _, item := range items {
			hits = append(hits, hit[T]{item, rankBegin})
		}
		after = place[K]{rank: rankBegin, id: after.id}
		if len(hits) == limit {
			return hits, nil
		}
	}
	more, err := searchRest(ctx, tx, l, list, after, limit-len(hits), scan)
	return append(hits, more...), err
}

// searchRest gives the rows of the later ranks.
func searchRest[T, K any](ctx context.Context, tx pgx.Tx, l listing, list []string,
	after place[K], limit int, scan pgx.RowToFunc[T],
) (hits []hit[T], err error) {
	q := query{append([]any(nil), l.args...)}
	where, rank := q.matches(list)
	further := "true"
	if after.rank > rankBegin {
		further = fmt.Sprintf("(rank, %s) > (%s, %s)", l.key, q.arg(after.rank), q.arg(after.id))
	}
	rows, err := tx.Query(ctx, fmt.Sprintf(`with found as materialized (
			select %[1]s, %[2]s as rank from %[3]s
			where %[4]s and (%[5]s) and not (%[6]s) limit %[7]d)
		select %[1]s, rank from found where %[8]s order by rank, %[9]s limit %[10]s`,
		l.columns, rank, l.table, l.filter, where, q.begins(strings.Join(list, " ")),
		candidatesMax, further, l.key, q.arg(limit)), q.args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (h hit[T], err error) {
		h.item, err = scan(withRank{row, &h.rank})
		return h, err
	})
}

// withRank is a row whose last column is the rank.
type withRank struct {
	pgx.CollectableRow
	rank *int
}

// Scan reads the rank behind what the caller asks for.
func (r withRank) Scan(targets ...any) error {
	return r.CollectableRow.Scan(append(targets, r.rank)...)
}

// begins is the condition that the name begins with the text. Nothing sorts behind the
// last character of Unicode.
func (q *query) begins(whole string) string {
	return fmt.Sprintf("search >= %s and search < %s", q.arg(whole), q.arg(whole+"\U0010FFFF"))
}

// matches gives the condition and the rank of a tolerant search. Words hold only letters
// and digits, so none has a meaning in a pattern of LIKE.
func (q *query) matches(list []string) (where, rank string) {
	var typos, likes []string
	var beginnings []int32
	for _, w := range list {
		like := fmt.Sprintf("' ' || search like %s", q.arg("% "+w+"%"))
		likes = append(likes, like)
		if key, ok := prefixKey(w); ok {
			beginnings = append(beginnings, key)
		}
		if len([]rune(w)) == 1 {
			typos = append(typos, like) // an initial: it cannot be mistyped by one letter
			continue
		}
		typos = append(typos, fmt.Sprintf("keys && %s::integer[]", q.arg(typoKeys(w))))
	}
	where, allLike := strings.Join(typos, " and "), strings.Join(likes, " and ")
	if len(beginnings) > 0 {
		where = fmt.Sprintf("(%s) or (keys @> %s::integer[] and %s)",
			where, q.arg(beginnings), allLike)
	}
	return where, fmt.Sprintf("case when %s then %d else %d end", allLike, rankPrefix, rankTypo)
}

// searchWords reads the words of a text to search for.
func searchWords(text string) ([]string, error) {
	list := words(text)
	list = list[:min(len(list), wordsMax)]
	enough := false
	for i, w := range list {
		letters := []rune(w)
		list[i] = string(letters[:min(len(letters), lettersMax)])
		enough = enough || len(letters) > 1
	}
	if !enough {
		return nil, ErrSearch
	}
	return list, nil
}

// pageOf cuts a page out of the hits.
func pageOf[T, K any](
	hits []hit[T], limit int, idOf func(T) K, id func(*ledger.Codec, *K),
) (page projections.Page[T]) {
	cut := projections.Paginate(hits, limit, func(c *ledger.Codec, h hit[T]) {
		(&place[K]{h.rank, idOf(h.item)}).fields(c, id)
	})
	page.Next = cut.Next
	for _, h := range cut.Items {
		page.Items = append(page.Items, h.item)
	}
	return page
}
