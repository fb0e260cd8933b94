package standin

import (
	"math"
	"regexp"
	"slices"
	"strings"

	"github.com/EventStore/EventStore-Client-Go/v4/protos/shared"
	"github.com/EventStore/EventStore-Client-Go/v4/protos/streams"
	"github.com/google/uuid"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// pageSize is how many events are looked at between two waits for the client.
const pageSize = 256

// Read implements the protocol: a stream or all, to the end or live.
func (s *service) Read(req *streams.ReadReq, call streams.Streams_ReadServer) error {
	o := req.GetOptions()
	if o.GetSubscription() != nil {
		s.called("subscribe")
		return s.subscribe(o, call)
	}
	s.called("read")
	keep, err := filterOf(o.GetFilter())
	if err != nil {
		return err
	}
	stream := string(o.GetStream().GetStreamIdentifier().GetStreamName())
	backwards := o.GetReadDirection() == streams.ReadReq_Options_Backwards
	from, left := startOf(o), o.GetCount()
	for left > 0 {
		page, _, exists := s.store.page(stream, from, backwards, pageSize)
		if stream != "" && !exists {
			return call.Send(&streams.ReadResp{Content: &streams.ReadResp_StreamNotFound_{
				StreamNotFound: &streams.ReadResp_StreamNotFound{
					StreamIdentifier: o.GetStream().GetStreamIdentifier()}}})
		}
		for i := range page {
			if e := &page[i]; left > 0 && keep(e) {
				if err := call.Send(answer(e)); err != nil {
					return err
				}
				left--
			}
		}
		if len(page) < pageSize || backwards && stream != "" && page[len(page)-1].revision == 0 {
			return nil
		}
		from = next(&page[len(page)-1], stream, backwards)
	}
	return nil
}

// next is where to go on after an event.
func next(e *event, stream string, backwards bool) uint64 {
	switch {
	case stream == "" && backwards:
		return e.position // exclusive
	case stream == "":
		return e.position + 1
	case backwards:
		return e.revision - 1
	}
	return e.revision + 1
}

// startOf gives the first place that a read asks for.
func startOf(o *streams.ReadReq_Options) uint64 {
	if all := o.GetAll(); all != nil {
		switch x := all.GetAllOption().(type) {
		case *streams.ReadReq_Options_AllOptions_Position:
			return x.Position.GetCommitPosition()
		case *streams.ReadReq_Options_AllOptions_End:
			return math.MaxUint64
		}
		return 0
	}
	switch x := o.GetStream().GetRevisionOption().(type) {
	case *streams.ReadReq_Options_StreamOptions_Revision:
		return x.Revision
	case *streams.ReadReq_Options_StreamOptions_End:
		return math.MaxUint64
	}
	return 0
}

// subscribe sends what is there, says that it has caught up, and goes on. The start is
// exclusive; checkpoints tell how far a filter has looked.
func (s *service) subscribe(o *streams.ReadReq_Options, call streams.Streams_ReadServer) error {
	keep, err := filterOf(o.GetFilter())
	if err != nil {
		return err
	}
	err = call.Send(&streams.ReadResp{Content: &streams.ReadResp_Confirmation{
		Confirmation: &streams.ReadResp_SubscriptionConfirmation{
			SubscriptionId: uuid.NewString()}}})
	if err != nil {
		return err
	}
	stream := string(o.GetStream().GetStreamIdentifier().GetStreamName())
	from := startOf(o)
	switch {
	case from == math.MaxUint64: // the end as it is now
		last, _, _ := s.store.page(stream, from, true, 1)
		if from = 0; len(last) > 0 {
			from = next(&last[0], stream, false)
		}
	case o.GetAll().GetPosition() != nil || o.GetStream() != nil && hasRevision(o):
		from++
	}
	window := max(1, int(o.GetFilter().GetMax())) *
		max(1, int(o.GetFilter().GetCheckpointIntervalMultiplier()))
	for looked, live := 0, false; ; {
		page, changed, _ := s.store.page(stream, from, false, pageSize)
		for i := range page {
			e := &page[i]
			from = next(e, stream, false)
			if keep(e) {
				err = call.Send(answer(e))
			}
			if looked++; err == nil && o.GetFilter() != nil && looked%window == 0 {
				err = call.Send(checkpoint(e.position))
			}
			if err != nil {
				return err
			}
		}
		if len(page) > 0 {
			continue
		}
		if !live {
			live = true
			err := call.Send(&streams.ReadResp{Content: &streams.ReadResp_CaughtUp_{
				CaughtUp: &streams.ReadResp_CaughtUp{}}})
			if err != nil {
				return err
			}
		}
		select {
		case <-changed:
		case <-call.Context().Done():
			return call.Context().Err()
		case <-s.closing:
			return errGone
		}
	}
}

func hasRevision(o *streams.ReadReq_Options) bool {
	_, ok := o.GetStream().GetRevisionOption().(*streams.ReadReq_Options_StreamOptions_Revision)
	return ok
}

func checkpoint(position uint64) *streams.ReadResp {
	return &streams.ReadResp{Content: &streams.ReadResp_Checkpoint_{
		Checkpoint: &streams.ReadResp_Checkpoint{
			CommitPosition: position, PreparePosition: position}}}
}

func answer(e *event) *streams.ReadResp {
	return &streams.ReadResp{Content: &streams.ReadResp_Event{Event: &streams.ReadResp_ReadEvent{
		Position: &streams.ReadResp_ReadEvent_CommitPosition{CommitPosition: e.position},
		Event: &streams.ReadResp_ReadEvent_RecordedEvent{Id: structured(e.id),
			StreamIdentifier: &shared.StreamIdentifier{StreamName: []byte(e.stream)},
			StreamRevision:   e.revision,
			CommitPosition:   e.position, PreparePosition: e.position,
			Metadata: map[string]string{"type": e.kind, "content-type": e.content,
				"created": ticks(e.created)},
			CustomMetadata: e.metadata, Data: e.data},
	}}}
}

// filterOf makes the test that a filter asks for.
func filterOf(f *streams.ReadReq_Options_FilterOptions) (func(*event) bool, error) {
	if f == nil {
		return func(*event) bool { return true }, nil
	}
	expression := f.GetStreamIdentifier()
	key := func(e *event) string { return e.stream }
	if x := f.GetEventType(); x != nil {
		expression, key = x, func(e *event) string { return e.kind }
	}
	if expression.GetRegex() != "" {
		pattern, err := regexp.Compile(expression.GetRegex())
		if err != nil {
			return nil, status.Error(codes.InvalidArgument, "the filter cannot be read")
		}
		return func(e *event) bool { return pattern.MatchString(key(e)) }, nil
	}
	return func(e *event) bool {
		return slices.ContainsFunc(expression.GetPrefix(), func(prefix string) bool {
			return strings.HasPrefix(key(e), prefix)
		})
	}, nil
}
