package standin

import (
	"context"
	"errors"
	"io"
	"net"
	"strconv"
	"time"

	"github.com/EventStore/EventStore-Client-Go/v4/protos/serverfeatures"
	"github.com/EventStore/EventStore-Client-Go/v4/protos/shared"
	"github.com/EventStore/EventStore-Client-Go/v4/protos/streams"
	"github.com/google/uuid"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

// features answers what the server can do.
type features struct {
	serverfeatures.UnimplementedServerFeaturesServer
}

// GetSupportedMethods implements the protocol.
func (*features) GetSupportedMethods(context.Context, *shared.Empty,
) (*serverfeatures.SupportedMethods, error) {
	return &serverfeatures.SupportedMethods{EventStoreServerVersion: "24.10.4",
		Methods: []*serverfeatures.SupportedMethod{
			{ServiceName: "event_store.client.streams.streams", MethodName: "append"},
			{ServiceName: "event_store.client.streams.streams", MethodName: "read"},
		}}, nil
}

// service answers for streams, as long as the listener that it was made for is up.
type service struct {
	streams.UnimplementedStreamsServer
	*Server
	closing <-chan struct{}
}

var errGone = status.Error(codes.Unavailable, "the stand-in broke off on order")

// Append implements the protocol.
func (s *service) Append(call streams.Streams_AppendServer) error {
	s.called("append")
	first, err := call.Recv()
	if err != nil {
		return err
	}
	options := first.GetOptions()
	name := string(options.GetStreamIdentifier().GetStreamName())
	fault, limit := s.faultOf(name)
	switch fault {
	case Drop:
		return errGone
	case NotLeader:
		return s.notLeader(call)
	case Deny:
		call.SetTrailer(metadata.Pairs("exception", "access-denied"))
		return status.Error(codes.PermissionDenied, "access denied")
	case Stall:
		select {
		case <-call.Context().Done():
		case <-s.closing:
		}
		return errGone
	}
	list, err := receive(call, limit)
	if err != nil {
		return err
	}
	expected := expectationOf(options)
	revision, position, err := s.store.append(name, expected, list, time.Now())
	var wrong *wrongVersion
	if errors.As(err, &wrong) {
		return call.SendAndClose(refusal(wrong.current, options))
	}
	switch fault {
	case Lose:
		return errGone
	case Sever:
		go s.bounce()
		<-s.closing
		return errGone
	}
	return call.SendAndClose(&streams.AppendResp{Result: &streams.AppendResp_Success_{
		Success: &streams.AppendResp_Success{
			CurrentRevisionOption: &streams.AppendResp_Success_CurrentRevision{
				CurrentRevision: uint64(revision)},
			PositionOption: &streams.AppendResp_Success_Position{
				Position: &streams.AppendResp_Position{
					CommitPosition: position, PreparePosition: position}},
		}}})
}

// bounce ends all connections and listens again.
func (s *service) bounce() {
	s.Down()
	s.Up()
}

// notLeader names this server again as the one that leads.
func (s *service) notLeader(call streams.Streams_AppendServer) error {
	s.mu.Lock()
	host, port, _ := net.SplitHostPort(s.address)
	s.mu.Unlock()
	call.SetTrailer(metadata.Pairs("exception", "not-leader",
		"leader-endpoint-host", host, "leader-endpoint-port", port))
	return status.Error(codes.NotFound, "leader info available")
}

// receive takes the proposed events; more than the limit are refused at once, while the
// client is still sending.
func receive(call streams.Streams_AppendServer, limit int) ([]proposed, error) {
	var list []proposed
	size := 0
	for {
		m, err := call.Recv()
		if errors.Is(err, io.EOF) {
			return list, nil
		}
		if err != nil {
			return nil, err
		}
		p := m.GetProposedMessage()
		kind, content := p.GetMetadata()["type"], p.GetMetadata()["content-type"]
		if kind == "" || content == "" {
			call.SetTrailer(metadata.Pairs("exception", "missing-required-metadata-property"))
			return nil, status.Error(codes.InvalidArgument, "metadata is missing")
		}
		if size += len(p.GetData()) + len(p.GetCustomMetadata()) + len(kind); size > limit {
			call.SetTrailer(metadata.Pairs("exception", "maximum-append-size-exceeded"))
			return nil, status.Error(codes.InvalidArgument, "append is too large")
		}
		list = append(list, proposed{id: idOf(p.GetId()), kind: kind, content: content,
			data: p.GetData(), metadata: p.GetCustomMetadata()})
	}
}

func expectationOf(o *streams.AppendReq_Options) int64 {
	switch x := o.GetExpectedStreamRevision().(type) {
	case *streams.AppendReq_Options_Revision:
		return int64(x.Revision)
	case *streams.AppendReq_Options_NoStream:
		return expectNoStream
	case *streams.AppendReq_Options_StreamExists:
		return expectExists
	default:
		return expectAny
	}
}

// refusal is the answer to a wrong expectation, which is no error of the protocol.
func refusal(current int64, o *streams.AppendReq_Options) *streams.AppendResp {
	w := &streams.AppendResp_WrongExpectedVersion{}
	if current < 0 {
		w.CurrentRevisionOption = &streams.AppendResp_WrongExpectedVersion_CurrentNoStream{
			CurrentNoStream: &shared.Empty{}}
	} else {
		w.CurrentRevisionOption = &streams.AppendResp_WrongExpectedVersion_CurrentRevision{
			CurrentRevision: uint64(current)}
	}
	switch expected := expectationOf(o); expected {
	case expectNoStream:
		w.ExpectedRevisionOption = &streams.AppendResp_WrongExpectedVersion_ExpectedNoStream{
			ExpectedNoStream: &shared.Empty{}}
	case expectAny, expectExists:
		w.ExpectedRevisionOption = &streams.AppendResp_WrongExpectedVersion_ExpectedAny{
			ExpectedAny: &shared.Empty{}}
	default:
		w.ExpectedRevisionOption = &streams.AppendResp_WrongExpectedVersion_ExpectedRevision{
			ExpectedRevision: uint64(expected)}
	}
	return &streams.AppendResp{Result: &streams.AppendResp_WrongExpectedVersion_{
		WrongExpectedVersion: w}}
}

// Delete implements the protocol only to be counted: a ledger has no use for it.
func (s *service) Delete(context.Context, *streams.DeleteReq) (*streams.DeleteResp, error) {
	s.called("delete")
	return nil, status.Error(codes.PermissionDenied, "a ledger is not deleted")
}

// Tombstone is as Delete.
func (s *service) Tombstone(context.Context, *streams.TombstoneReq,
) (*streams.TombstoneResp, error) {
	s.called("delete")
	return nil, status.Error(codes.PermissionDenied, "a ledger is not deleted")
}

func idOf(id *shared.UUID) uuid.UUID {
	if text := id.GetString_(); text != "" {
		parsed, _ := uuid.Parse(text)
		return parsed
	}
	var out uuid.UUID
	most, least := id.GetStructured().GetMostSignificantBits(),
		id.GetStructured().GetLeastSignificantBits()
	for i := range 8 {
		out[i] = byte(most >> (56 - 8*i))
		out[8+i] = byte(least >> (56 - 8*i))
	}
	return out
}

func structured(id uuid.UUID) *shared.UUID {
	var most, least int64
	for i := range 8 {
		most = most<<8 | int64(id[i])
		least = least<<8 | int64(id[8+i])
	}
	return &shared.UUID{Value: &shared.UUID_Structured_{Structured: &shared.UUID_Structured{
		MostSignificantBits: most, LeastSignificantBits: least}}}
}

// ticks is a time as the protocol writes it, in units of 100 ns.
func ticks(t time.Time) string { return strconv.FormatInt(t.UnixNano()/100, 10) }
