package main

import (
	"runtime"
	"runtime/debug"
)

// versionCommand shows what this program is.
type versionCommand struct{}

type versionAnswer struct {
	Version  string `json:"version"`
	Revision string `json:"revision,omitempty"`
	Modified bool   `json:"modified"` // built with changes that are not committed
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

// Run shows the version.
func (*versionCommand) Run(a *app) error {
	answer := versionAnswer{Version: version(), Go: runtime.Version(),
		Platform: runtime.GOOS + "/" + runtime.GOARCH}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			switch s.Key {
			case "vcs.revision":
				answer.Revision = s.Value
			case "vcs.modified":
				answer.Modified = s.Value == "true"
			}
		}
	}
	return a.term.answer(answer, func() {
		a.term.printf("stazh %s\n", answer.Version)
		if answer.Revision != "" {
			a.term.printf("source %s\n", answer.Revision)
		}
		a.term.printf("%s, %s\n", answer.Go, answer.Platform)
	})
}
