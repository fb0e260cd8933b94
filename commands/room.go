package commands

import (
	"context"
	"fmt"
	"sync"

	"golang.org/x/sync/semaphore"
)

const (
	// roomPersons bounds the persons whose states are brought into memory for filings that
	// are in work at once: some tens of kilobytes for each who has a long life behind them.
	// More filings at once would not be done sooner, but leave the collector no memory.
	roomPersons = 3 * chunkDocuments
	// roomFree are so few persons that they need no place: small reports never wait for
	// large ones.
	roomFree = 100
)

// room is where the states of persons are worked on. Its zero value is empty.
type room struct {
	once   sync.Once
	places *semaphore.Weighted
}

// enter waits until there is room for so many persons, and says so before where it has to: to
// waits, which may be nil. Whoever enters must leave, and must not enter again before.
func (r *room) enter(ctx context.Context, persons int, waits func()) (leave func(), err error) {
	if persons <= roomFree {
		return func() {}, nil
	}
	r.once.Do(func() { r.places = semaphore.NewWeighted(roomPersons) })
	n := min(int64(persons), roomPersons)
	leave = func() { r.places.Release(n) }
	if r.places.TryAcquire(n) {
		return leave, nil
	}
	if waits != nil {
		waits()
	}
	if err := r.places.Acquire(ctx, n); err != nil {
		return nil, fmt.Errorf("wait for room for %d persons: %w", persons, err)
	}
	return leave, nil
}

// enterRoom waits for room for the persons that a chunk brings into memory, unless it has
// some already: those that it finds it needs beside are few. Persons whom the process
// remembers take up no more room than before.
func (r *run) enterRoom(ctx context.Context, persons int) (err error) {
	if r.leave == nil {
		r.leave, err = r.bus.room.enter(ctx, persons, r.waits)
	}
	return err
}

// leaveRoom gives the room back, if the run has any.
func (r *run) leaveRoom() {
	if r.leave != nil {
		r.leave()
		r.leave = nil
	}
}
