package esdblog

import (
	"encoding/json"
	"fmt"

	"github.com/EventStore/EventStore-Client-Go/v4/esdb"
	"github.com/google/uuid"

	"github.com/stazh/stazh/ledger"
)

// aside is the metadata of a stored event, as JSON. The event itself is its record, whose
// bytes the hash is over; what stands here besides the head repeats parts of it for people
// and for the server's own indexes, and is never read back.
type aside struct {
	Head        ledger.Hash `json:"head"`
	ID          uuid.UUID   `json:"id"`
	Correlation uuid.UUID   `json:"$correlationId,omitzero"`
	Causation   uuid.UUID   `json:"$causationId,omitzero"`
}

// stored gives the form in which an event is sent. The id that the server knows it by
// follows from the head, so that the server takes two appends for the same only when their
// bytes are the same, in the same place: it then keeps the first and says that all is well.
func stored(e *ledger.Event) (esdb.EventData, error) {
	metadata, err := json.Marshal(aside{Head: e.Head, ID: e.ID,
		Correlation: e.Meta.Correlation, Causation: e.Meta.Causation})
	if err != nil {
		return esdb.EventData{}, fmt.Errorf("write the metadata of event %s: %w", e.ID, err)
	}
	return esdb.EventData{EventID: serverID(e.Head), EventType: e.Type,
		ContentType: esdb.ContentTypeBinary, Data: e.Record(), Metadata: metadata}, nil
}

// serverID makes a UUID (version 8: of our own making) from the beginning of a head.
func serverID(head ledger.Hash) uuid.UUID {
	id := uuid.UUID(head[:16])
	id[6] = id[6]&0x0f | 8<<4
	id[8] = id[8]&0x3f | 0x80
	return id
}

// sentBytes is what the server counts of an event towards its limit, and some more.
func sentBytes(d *esdb.EventData) int {
	const framing = 128
	return len(d.Data) + len(d.Metadata) + len(d.EventType) + framing
}

// opened rebuilds an event from what the server gave.
func (l *Log) opened(r *esdb.RecordedEvent) (ledger.Event, error) {
	stream := ledger.StreamID(r.StreamID[len(l.options.Prefix):])
	var a aside
	if err := json.Unmarshal(r.UserMetadata, &a); err != nil {
		return ledger.Event{}, fmt.Errorf("%w: event %d of %s has no readable metadata",
			ledger.ErrCorrupt, r.EventNumber, stream)
	}
	e, err := ledger.Open(stream, ledger.Revision(r.EventNumber),
		ledger.Position(r.Position.Commit), r.Data, a.Head)
	if err == nil && (e.Type != r.EventType || serverID(e.Head) != r.EventID) {
		err = fmt.Errorf("%w: event %d of %s is not what its envelope says",
			ledger.ErrCorrupt, r.EventNumber, stream)
	}
	return e, err
}

// ours tells whether a stream of the server belongs to this ledger.
func (l *Log) ours(name string) bool {
	n := len(l.options.Prefix)
	return len(name) > n && name[:n] == l.options.Prefix && ledger.StreamID(name[n:]).Valid()
}
