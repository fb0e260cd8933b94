package main

import (
	"net/url"
	"os"
	"slices"

	"github.com/alecthomas/kong"
)

// configExplain shows every setting with the place its value comes from.
type configExplain struct{}

// setting is one line of the explanation.
type setting struct {
	Name        string `json:"name"`
	Value       string `json:"value"`
	Source      string `json:"source"` // flag, environment or default
	Environment string `json:"environment"`
	Help        string `json:"help"`
}

// explained are the settings that are worth an explanation, by flag name.
var explained = [...]string{"data", "database-url", "eventstore-url", "key-file", "addr",
	"subject", "role", "office", "lang"}

// Run shows the settings.
func (*configExplain) Run(a *app) error {
	list := a.settingsInForce()
	return a.term.answer(list, func() {
		t := newTable("SETTING", "VALUE", "FROM", "VARIABLE")
		for _, s := range list {
			value := s.Value
			if value == "" {
				value = "-"
			}
			t.add("--"+s.Name, value, s.Source, s.Environment)
		}
		t.print(a.term)
	})
}

func (a *app) settingsInForce() []setting {
	var list []setting
	for _, f := range a.grammar.Model.Flags {
		if !slices.Contains(explained[:], f.Name) {
			continue
		}
		s := setting{Name: f.Name, Help: f.Help, Source: "default"}
		if len(f.Envs) > 0 {
			s.Environment = f.Envs[0]
			if _, ok := os.LookupEnv(s.Environment); ok {
				s.Source = "environment"
			}
		}
		if slices.ContainsFunc(a.path, func(p *kong.Path) bool {
			return p.Flag != nil && p.Flag.Name == f.Name && !p.Resolved
		}) {
			s.Source = "flag"
		}
		s.Value = a.inForce(f)
		list = append(list, s)
	}
	return list
}

// inForce is the value that counts; a password in a database address is not shown.
func (a *app) inForce(f *kong.Flag) string {
	switch f.Name {
	case "database-url":
		return withoutPassword(a.DatabaseURL)
	case "eventstore-url":
		return withoutPassword(a.EventStore)
	case "subject":
		return a.actor("").Subject
	case "key-file":
		return a.keyFile()
	}
	return f.Target.String()
}

// withoutPassword hides the password of a database address; an address that cannot be
// read is hidden whole, as nobody knows where its password stands.
func withoutPassword(address string) string {
	if address == "" {
		return ""
	}
	u, err := url.Parse(address)
	if err != nil || u.Scheme == "" {
		return "(set, not shown)"
	}
	q := u.Query()
	if q.Has("password") {
		q.Set("password", "xxxxx")
		u.RawQuery = q.Encode()
	}
	return u.Redacted()
}
