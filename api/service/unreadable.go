package service

import (
	"context"
	"errors"
	"fmt"

	"github.com/stazh/stazh/commands"
	"github.com/stazh/stazh/commands/intake/control"
	"github.com/stazh/stazh/commands/intake/document"
	"github.com/stazh/stazh/commands/intake/format"
	"github.com/stazh/stazh/ledger/period"
)

// UnreadableError refuses a file that does not tell whose it is because it cannot be read.
// The finding is the one that the same file gets when its filer is named.
type UnreadableError struct{ Finding control.Finding }

// Error names the rule and says in English what In says.
func (e *UnreadableError) Error() string { return e.Finding.Code + ": " + e.In("en") }

// Unwrap gives the refusal.
func (e *UnreadableError) Unwrap() error {
	return refuse(commands.Invalid, e.Finding.Code, "%s", e.In("en"))
}

// In says in Russian (ru), Belarusian (be) or else English what is wrong, how to mend it,
// and that a file which is filed as it is gets a receipt when its filer is named.
func (e *UnreadableError) In(lang string) string {
	m, r := e.Finding.Message, e.Finding.Remedy
	switch lang {
	case "ru":
		return m.RU + " " + r.RU + " Поэтому по файлу не видно, чей он: если указать УНП " +
			"плательщика (payer), файл и в таком виде получит квитанцию."
	case "be":
		return m.BE + " " + r.BE + " Таму па файле не відаць, чый ён: калі ўказаць УНП " +
			"плацельшчыка (payer), файл і ў такім выглядзе атрымае квітанцыю."
	}
	return m.EN + " " + r.EN + " So the file does not say whose it is: with the payer's UNP " +
		"named (payer) it gets a receipt even as it is."
}

// nameless makes the refusal of a file in whose head no filer was found.
func nameless(ctx context.Context, file *spool, today period.Date) error {
	faults, err := headFaults(ctx, file)
	if err != nil {
		return err
	}
	engine, err := control.NewEngine(control.DefaultPack())
	if err != nil {
		return err
	}
	for _, f := range engine.File(today, faults...) {
		if f.Severity == control.Fatal {
			return &UnreadableError{Finding: f}
		}
	}
	return refuse(commands.Invalid, "payer_missing", "the file does not say in its "+
		"first records whose it is: name the payer by its UNP")
}

// headFaults lists what the reader finds up to the first pack or document.
func headFaults(ctx context.Context, file *spool) ([]document.Fault, error) {
	f, err := format.Open(file, "", format.Limits{})
	var fault *document.Fault
	if errors.As(err, &fault) {
		return []document.Fault{*fault}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the file: %w", err)
	}
	defer f.Close() //nolint:errcheck // only read
	var faults []document.Fault
	for item, err := range f.Items(ctx) {
		switch {
		case err != nil:
			return nil, fmt.Errorf("read the file: %w", err)
		case item.Fault == nil:
			return faults, nil
		}
		faults = append(faults, *item.Fault)
	}
	return faults, nil
}
