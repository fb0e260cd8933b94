// Command stazh is the whole ledger in one program: it serves the REST interface, and its
// other commands file reports, show accounts, replay the ledger and look for faults. It
// only wires packages together and talks to people; it holds no rule of the law.
//
// Standard output carries the answer alone; progress, hints and errors go to standard
// error. The exit code tells a script what happened, see exit.go.
package main

import (
	"context"
	"errors"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/alecthomas/kong"
)

func main() { os.Exit(start()) }

// start runs the program with what the operating system gives it.
func start() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// A second signal ends the program at once; what is recorded is safe in any case.
	defer context.AfterFunc(ctx, stop)()
	defer stop()
	return run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
}

// app is what every command gets beside its own flags.
type app struct {
	*globals
	grammar *kong.Kong
	path    []*kong.Path // of the parsed command line
	in      io.Reader
	term    *terminal
	clock   func() time.Time
}

// run parses the arguments, carries out the command and gives the exit code.
func run(ctx context.Context, args []string, in io.Reader, out, talk io.Writer) int {
	var cli grammar
	term := newTerminal(out, talk, os.LookupEnv)
	parser, err := newParser(&cli, out, talk)
	if err != nil {
		term.fail(err)
		return exitError
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	parsed, err := parser.Parse(args)
	if err != nil {
		term.json = asksJSON(args)
		term.fail(&coded{exitUsage, err})
		if !term.json {
			hintUsage(term, err)
		}
		return exitUsage
	}
	term.json, term.quiet = cli.JSON, cli.Quiet
	a := &app{globals: &cli.globals, grammar: parser, path: parsed.Path, in: in, term: term,
		clock: time.Now}
	parsed.BindTo(ctx, (*context.Context)(nil))
	err = parsed.Run(a)
	if err != nil && !errors.Is(err, errSaid) {
		if ctx.Err() != nil {
			err = errInterrupted
		}
		term.fail(err)
	}
	return exitCode(err)
}

// asksJSON tells whether a command line that could not be parsed asks for JSON.
func asksJSON(args []string) bool {
	if i := slices.Index(args, "--"); i >= 0 {
		args = args[:i]
	}
	return slices.Contains(args, "--json")
}

// hintUsage points to the help of the command that was not understood.
func hintUsage(term *terminal, err error) {
	var wrong *kong.ParseError
	name := program()
	if errors.As(err, &wrong) && wrong.Context != nil && wrong.Context.Selected() != nil {
		name += strings.TrimPrefix(wrong.Context.Selected().FullPath(), "stazh")
	}
	term.say("Run `%s --help` to see how it is used.", name)
}
