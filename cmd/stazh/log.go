package main

import (
	"log/slog"
	"regexp"
)

// logger writes to standard error; a command that answers and ends only tells what went
// wrong.
func (a *app) logger(level slog.Level) *slog.Logger {
	if a.Quiet {
		level = slog.LevelError
	}
	if a.Verbose {
		level = slog.LevelDebug
	}
	return slog.New(slog.NewTextHandler(a.term.talk, &slog.HandlerOptions{Level: level,
		ReplaceAttr: withoutPayers}))
}

// payerNamed finds a payer in the text of an error, by stream or by UNP.
var payerNamed = regexp.MustCompile(`\b(payer[- ])[0-9A-Z]{9}\b`)

// withoutPayers keeps UNPs out of the log, whoever writes it: that of a sole proprietor is
// a personal datum. Filings and positions are named beside them.
func withoutPayers(_ []string, attr slog.Attr) slog.Attr {
	if attr.Key == "payer" {
		return slog.Attr{}
	}
	switch attr.Value.Kind() {
	case slog.KindString, slog.KindAny:
		text := attr.Value.String()
		if shown := payerNamed.ReplaceAllString(text, "${1}…"); shown != text {
			return slog.String(attr.Key, shown)
		}
	}
	return attr
}
