package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/stazh/stazh/api/auth"
	"github.com/stazh/stazh/commands"
	"github.com/stazh/stazh/ledger/pgrun"
	"github.com/stazh/stazh/projections"
)

// Exit codes, which scripts rely on.
const (
	exitOK          = 0
	exitError       = 1 // something failed, or there is no such thing
	exitUsage       = 2 // the command line or a value on it is wrong
	exitRejected    = 3 // the control rules rejected documents
	exitConflict    = 4 // it contradicts what is recorded
	exitUnavailable = 5 // database, server or port is not there: try again later
	exitInterrupted = 130
)

// errSaid ends a command whose output has told already what is wrong.
var errSaid = errors.New("said already")

// errInterrupted: the user, or the system, ended the program.
var errInterrupted = errors.New("interrupted; what was recorded stays, " +
	"the same command may be given again")

// coded is an error with an exit code of its own.
type coded struct {
	code int
	err  error
}

func (c *coded) Error() string { return c.err.Error() }

func (c *coded) Unwrap() error { return c.err }

// usage makes an error about a value on the command line.
func usage(format string, args ...any) error {
	return &coded{exitUsage, fmt.Errorf(format, args...)}
}

// unavailable makes an error about something that is not there now.
func unavailable(format string, args ...any) error {
	return &coded{exitUnavailable, fmt.Errorf(format, args...)}
}

// exitCode tells what an error means to a script.
func exitCode(err error) int {
	var (
		own     *coded
		refusal *commands.Error
		fault   *pgrun.Fault
		connect *pgconn.ConnectError
	)
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &own):
		return own.code
	case errors.Is(err, errInterrupted):
		return exitInterrupted
	case errors.As(err, &refusal):
		return exitOfKind(refusal.Kind)
	case errors.As(err, &fault), errors.As(err, &connect), errors.Is(err, projections.ErrNotBuilt),
		errors.Is(err, projections.ErrBusy), errors.Is(err, context.DeadlineExceeded):
		return exitUnavailable
	case errors.Is(err, projections.ErrUnknownProjection):
		return exitUsage
	}
	return exitError
}

// errorCode names an error for programs: the code of a refusal, as REST gives it, else a
// word for the exit code.
func errorCode(err error) string {
	var (
		refusal *commands.Error
		denied  *auth.Error
	)
	switch {
	case errors.As(err, &refusal):
		return refusal.Code
	case errors.As(err, &denied):
		return denied.Code
	}
	switch exitCode(err) {
	case exitUsage:
		return "usage"
	case exitUnavailable:
		return "unavailable"
	case exitInterrupted:
		return "interrupted"
	}
	return "failed"
}

func exitOfKind(kind commands.Kind) int {
	switch kind {
	case commands.Invalid:
		return exitUsage
	case commands.Conflict:
		return exitConflict
	case commands.Unavailable:
		return exitUnavailable
	case commands.NotFound, commands.Forbidden, commands.Internal:
		return exitError
	}
	return exitError
}
