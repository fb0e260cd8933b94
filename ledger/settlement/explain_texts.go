package settlement

import (
	_ "embed"
	"encoding/json"
	"sync"

	"github.com/stazh/stazh/ledger/rules"
)

//go:embed explain.json
var labelsFile []byte

// labels are the texts of the codes of nodes, read once and never changed. A fault in them
// is one of the build, which the tests catch; so it panics.
var labels = sync.OnceValue(func() map[string]rules.Text {
	var texts map[string]rules.Text
	if err := json.Unmarshal(labelsFile, &texts); err != nil {
		panic("settlement: explain.json: " + err.Error())
	}
	return texts
})
