package projections

import (
	"slices"
	"strconv"
	"strings"

	"github.com/stazh/stazh/ledger"
)

// channel is where processes tell one another how far projections have come: see tidings.
const channel = "stazh_projection"

// tidings are what one process tells the others, on commit: schemas that have come to a
// position at the same time, written "<schema>,<schema>:<position>", and ":new" after it where
// other tables have taken the place of theirs, or none because a newer version needs them no
// longer.
type tidings struct {
	schemas  []string
	position ledger.Position
	replaced bool
}

const replacedMark = ":new"

func (t tidings) String() string {
	text := strings.Join(t.schemas, ",") + ":" + strconv.FormatUint(uint64(t.position), 10)
	if t.replaced {
		text += replacedMark
	}
	return text
}

// readTidings reads what another process has written, false for anything else.
func readTidings(text string) (t tidings, ok bool) {
	text, t.replaced = strings.CutSuffix(text, replacedMark)
	schemas, number, ok := strings.Cut(text, ":")
	position, err := strconv.ParseUint(number, 10, 63)
	t.schemas, t.position = strings.Split(schemas, ","), ledger.Position(position)
	return t, ok && err == nil && !slices.Contains(t.schemas, "")
}
