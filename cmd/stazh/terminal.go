package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// terminal writes the answer to standard output and talks on standard error.
type terminal struct {
	out  io.Writer
	talk io.Writer
	// json asks for the answer as JSON; quiet leaves out all talk but errors.
	json, quiet bool
	// colour tells whether the answer, and live whether the talk, is read on a screen.
	colour, live bool
}

func newTerminal(out, talk io.Writer, env func(string) (string, bool)) *terminal {
	noColour, set := env("NO_COLOR")
	dumb, _ := env("TERM")
	return &terminal{
		out: out, talk: talk, live: isScreen(talk) && dumb != "dumb",
		colour: isScreen(out) && dumb != "dumb" && (!set || noColour == ""),
	}
}

// isScreen tells whether what is written goes to a terminal.
func isScreen(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	_, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS)
	return err == nil
}

// columns is the width of the screen that talk goes to.
func (t *terminal) columns() int {
	if f, ok := t.talk.(*os.File); ok {
		if size, err := unix.IoctlGetWinsize(int(f.Fd()), unix.TIOCGWINSZ); err == nil &&
			size.Col > 0 {
			return int(size.Col)
		}
	}
	return 80
}

// printf writes a part of the answer for people.
func (t *terminal) printf(format string, args ...any) { fmt.Fprintf(t.out, format, args...) }

// say talks: what goes on, hints. It is left out on request.
func (t *terminal) say(format string, args ...any) {
	if !t.quiet {
		fmt.Fprintf(t.talk, format+"\n", args...)
	}
}

// failure is an error as JSON.
type failure struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

// fail tells of an error: as one line of JSON when JSON was asked for.
func (t *terminal) fail(err error) {
	text := strings.TrimRight(err.Error(), "\n")
	if !t.json {
		fmt.Fprintf(t.talk, "stazh: %s\n", text)
		return
	}
	_ = writeJSON(t.talk, map[string]failure{"error": {errorCode(err), text}}, "") // last words
}

// answer writes the value as JSON when that was asked for, else calls people.
func (t *terminal) answer(value any, people func()) error {
	if !t.json {
		people()
		return nil
	}
	return writeJSON(t.out, value, "  ")
}

// line writes one JSON value on one line, for answers without an end.
func (t *terminal) line(value any) error { return writeJSON(t.out, value, "") }

func writeJSON(w io.Writer, value any, indent string) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", indent)
	if err := e.Encode(value); err != nil {
		return fmt.Errorf("write the answer: %w", err)
	}
	return nil
}

// Styles of text on a screen, as ANSI codes.
const (
	bold   = "1"
	faint  = "2"
	red    = "31"
	green  = "32"
	yellow = "33"
)

// paint colours a text of the answer where colours are shown.
func (t *terminal) paint(style, text string) string {
	if !t.colour || text == "" {
		return text
	}
	return "\x1b[" + style + "m" + text + "\x1b[0m"
}

// mark is ✓ or ✗ in its colour.
func (t *terminal) mark(ok bool) string {
	if ok {
		return t.paint(green, "✓")
	}
	return t.paint(red, "✗")
}
