// Package standin is a server for tests that speaks as much of EventStoreDB's gRPC protocol
// as package esdblog uses: appends, reads and filtered subscriptions, with the errors and
// trailers of the real one, and with faults on order. It keeps its events in memory for the
// time of a test, across restarts of the listener. It is no product: it has no users, no
// cluster and no disk.
package standin

import (
	"net"
	"sync"
	"testing"
	"time"

	"github.com/EventStore/EventStore-Client-Go/v4/protos/serverfeatures"
	"github.com/EventStore/EventStore-Client-Go/v4/protos/streams"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/keepalive"
)

// Fault is what happens to one append.
type Fault int

// Faults of appends.
const (
	None Fault = iota
	// Drop breaks off before anything is recorded, Lose after: the answer is lost.
	Drop
	Lose
	// NotLeader answers that another node leads; it is this one again.
	NotLeader
	// Stall records nothing and never answers.
	Stall
	// Deny refuses before the events were read, as a missing right does.
	Deny
	// Sever records and then closes all connections, as a server that is killed.
	Sever
)

// appendBytesMax is the server's usual limit of one append.
const appendBytesMax = 1 << 20

// Server is a stand-in that can be stopped and started again.
type Server struct {
	t     testing.TB
	store *store

	mu      sync.Mutex // guards the fields below
	address string
	grpc    *grpc.Server
	served  chan struct{}
	onWrite func(stream string) Fault
	calls   map[string]int // by method
	closing chan struct{}  // closed when the listener stops
	limit   int
}

// Start starts a server that ends with the test.
func Start(t testing.TB) *Server {
	t.Helper()
	s := &Server{t: t, store: newStore(), address: "127.0.0.1:0", calls: map[string]int{},
		limit: appendBytesMax}
	s.Up()
	t.Cleanup(s.Down)
	return s
}

// URL is the connection string.
func (s *Server) URL() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return "esdb://" + s.address + "?tls=false"
}

// Up begins to listen, on the same address as before.
func (s *Server) Up() {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	var listener net.Listener
	require.Eventually(s.t, func() (ok bool) {
		var err error
		listener, err = net.Listen("tcp", s.address) //nolint:noctx // of a test
		return err == nil
	}, 10*time.Second, 10*time.Millisecond)
	s.address = listener.Addr().String()
	// The real server lets its clients ask as often as they like whether it is there.
	s.grpc = grpc.NewServer(grpc.MaxRecvMsgSize(17<<20), grpc.KeepaliveEnforcementPolicy(
		keepalive.EnforcementPolicy{MinTime: time.Second, PermitWithoutStream: true}))
	s.closing = make(chan struct{})
	s.served = make(chan struct{})
	streams.RegisterStreamsServer(s.grpc, &service{Server: s, closing: s.closing})
	serverfeatures.RegisterServerFeaturesServer(s.grpc, &features{})
	server, served := s.grpc, s.served
	go func() {
		defer close(served)
		_ = server.Serve(listener) // ends with Stop
	}()
}

// Down stops listening and breaks all connections, as a killed server does.
func (s *Server) Down() {
	s.mu.Lock()
	server, served, closing := s.grpc, s.served, s.closing
	s.grpc = nil
	s.mu.Unlock()
	if server == nil {
		return
	}
	close(closing)
	server.Stop()
	<-served
}

// OnAppend asks fault before each append to a stream; nil for none.
func (s *Server) OnAppend(fault func(stream string) Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.onWrite = fault
}

// LimitAppends sets the number of bytes that one append may have.
func (s *Server) LimitAppends(bytes int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.limit = bytes
}

// MakeNoise lets the server write a system event of its own after so many appends.
func (s *Server) MakeNoise(every int) {
	s.store.mu.Lock()
	defer s.store.mu.Unlock()
	s.store.noise = every
}

// Calls gives how often a method was called: "append", "read", "subscribe", "delete".
func (s *Server) Calls(method string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls[method]
}

// Streams gives the names of all streams but the server's own.
func (s *Server) Streams() []string { return s.store.streamNames() }

func (s *Server) called(method string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls[method]++
}

func (s *Server) faultOf(stream string) (Fault, int) {
	s.mu.Lock()
	fault, limit := s.onWrite, s.limit
	s.mu.Unlock()
	if fault == nil {
		return None, limit
	}
	return fault(stream), limit
}
