package api

import (
	"bytes"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/stazh/stazh/api/service"
	"github.com/stazh/stazh/ledger"
)

// appendJSON is what encoding/json writes of a history, whose events are written already.
func (a HistoryAnswer) appendJSON(*roomPool) (*room, error) {
	r := a.begun
	if r.b[len(r.b)-1] == ',' { // after the last event
		r.b = r.b[:len(r.b)-1]
	}
	r.b = a.Balance.AppendFields(append(r.b, `],`...))
	return r, r.place(a.Position, a.RecordedUpTo, a.Chain)
}

// beginHistory begins the JSON of a history, up to its events.
func (r *room) beginHistory(id ledger.PersonID) {
	r.b = append(append(r.b, `{"person":"`...), id.String()...)
	r.b = append(r.b, `","events":[`...)
}

// event appends an event of a history and a comma.
func (r *room) event(e service.StoredEvent) {
	r.b = strconv.AppendUint(append(r.b, `{"position":`...), uint64(e.Position), 10)
	r.b = append(r.b, `,"record":"`...)
	r.b = append(appendBase64(r.b, e.Record), `"},`...)
}

// place ends the JSON of an answer with its place in the ledger.
func (r *room) place(at ledger.Position, recorded time.Time, chain *service.Chain) error {
	var rest bytes.Buffer
	err := huma.DefaultJSONFormat.Marshal(&rest, struct {
		Position     ledger.Position `json:"position"`
		RecordedUpTo time.Time       `json:"recorded_up_to,omitzero"`
		Chain        *service.Chain  `json:"chain,omitempty"`
	}{at, recorded, chain})
	if err != nil {
		return err
	}
	r.b = append(append(r.b, ','), rest.Bytes()[1:]...)
	return nil
}
