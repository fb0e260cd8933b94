package pgrun

import (
	"errors"
	"io/fs"
	"strings"
	"syscall"
)

// ErrNotInstalled is wrapped by the Fault that says that no usable Postgres was found.
var ErrNotInstalled = errors.New("PostgreSQL is not installed")

// Fault is an error that an operator can mend: what is wrong, and what to do about it.
type Fault struct {
	Problem string // what is wrong, with the place
	Remedy  string // what to do
	Log     string // the last lines of the Postgres log, when there are any
	Err     error  // the cause, may be nil
}

// Error gives problem, cause, remedy and the last log lines.
func (f *Fault) Error() string {
	var b strings.Builder
	b.WriteString("postgres: " + f.Problem)
	if f.Err != nil {
		b.WriteString(": " + f.Err.Error())
	}
	if f.Remedy != "" {
		b.WriteString("; " + f.Remedy)
	}
	if f.Log != "" {
		b.WriteString("\nlast lines of its log:\n  " + strings.ReplaceAll(f.Log, "\n", "\n  "))
	}
	return b.String()
}

// Unwrap gives the cause.
func (f *Fault) Unwrap() error { return f.Err }

// logRemedies maps words of a Postgres log (always English: LC_MESSAGES=C) to what helps.
// The first match wins, so the more telling words stand first.
var logRemedies = []struct{ words, remedy string }{
	{"No space left on device", "the disk is full: free space and start again"},
	{"Disk quota exceeded", "the disk quota is used up: free space and start again"},
	{"Read-only file system", "the file system is read-only: mount it writable"},
	{"could not look up effective user ID",
		"the user that starts stazh has no entry in /etc/passwd: add one"},
	{"pre-existing shared memory block",
		"processes of an earlier Postgres of this directory still run: end them"},
	{"database files are incompatible",
		"the data were made by another build of Postgres: install that one"},
	{"unrecognized configuration parameter", "correct or remove this Postgres setting"},
	{"invalid value for parameter", "correct this Postgres setting"},
	{"Cannot allocate memory", "there is not enough memory: lower shared_buffers"},
	{"could not create shared memory segment",
		"there is not enough shared memory: lower shared_buffers or raise the kernel's limit"},
	{"could not locate a valid checkpoint record",
		"the data are damaged: restore a backup (pg_resetwal would lose committed records)"},
	{"invalid locale", "install the locale C.UTF-8 (Debian: package libc-bin)"},
	{"has wrong ownership", "chown the data directory back to the user that runs Postgres"},
	{"has invalid permissions", "chmod 0700 the data directory"},
	{"Permission denied", "give the user that runs Postgres access to this path"},
}

// remedyFor finds what helps against the failure that a log tail shows.
func remedyFor(tail, logPath string) string {
	for _, r := range logRemedies {
		if strings.Contains(tail, r.words) {
			return r.remedy
		}
	}
	return "the whole log is in " + logPath
}

// fileFault explains a failed file operation of ours.
func fileFault(problem string, err error) *Fault {
	remedy := ""
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		remedy = "the disk is full: free space and start again"
	case errors.Is(err, syscall.EROFS):
		remedy = "the file system is read-only: choose another directory"
	case errors.Is(err, syscall.ENAMETOOLONG):
		remedy = "the path is too long: choose a shorter directory"
	case errors.Is(err, fs.ErrPermission):
		remedy = "start as the user that owns the directory, or choose another directory"
	}
	return &Fault{Problem: problem, Remedy: remedy, Err: err}
}
