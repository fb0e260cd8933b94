package api

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/stazh/stazh/api/auth"
)

const (
	headerTimeMax = 10 * time.Second
	idleTimeMax   = 2 * time.Minute
	// writeTimeMax bounds a whole answer but streams, which bound each write instead. It
	// holds for the transfer of a file and the answer to it.
	writeTimeMax    = 2 * uploadTimeMax
	headerBytesMax  = 64 << 10
	shutdownTimeMax = 15 * time.Second
)

// Serve answers on the listener until ctx ends and then closes in an orderly way: streams
// are ended, requests under way get some seconds to be answered. The listener must be on
// a loopback address.
func Serve(ctx context.Context, l net.Listener, handler http.Handler, logger *slog.Logger,
) error {
	if err := auth.CheckLoopback(l.Addr().String()); err != nil {
		return err
	}
	server := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: headerTimeMax,
		// A file of the largest size over a slow line; JSON bodies are bounded tighter.
		ReadTimeout:    uploadTimeMax,
		WriteTimeout:   writeTimeMax,
		IdleTimeout:    idleTimeMax,
		MaxHeaderBytes: headerBytesMax,
		ErrorLog:       slog.NewLogLogger(logger.Handler(), slog.LevelWarn),
		BaseContext: func(net.Listener) context.Context {
			// Requests outlive ctx, to be answered; streams listen for its end.
			return context.WithValue(context.WithoutCancel(ctx), closingKey{}, ctx)
		},
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(l) }()
	select {
	case err := <-ended:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTimeMax)
	defer cancel()
	err := server.Shutdown(closing)
	if err != nil {
		err = errors.Join(err, server.Close())
	}
	<-ended
	return err
}
