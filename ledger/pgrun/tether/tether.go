// Package tether starts processes that end when the one that started them ends, however it
// ends: the kernel sends them a signal then.
package tether

import (
	"os/exec"
	"runtime"
	"syscall"
)

// Child is a process that was started here.
type Child struct {
	*exec.Cmd
	done chan struct{} // closed when the process has ended and err is set
	err  error
}

// Start starts cmd with the identity that it names and in a process group of its own: Ctrl-C in
// a terminal reaches the starter, which ends its processes in order, and not all of them at
// once. A starter that dies without doing so leaves the signal `orphaned` to its processes.
// What cmd writes into a pipe must be read before it ends.
func Start(cmd *exec.Cmd, orphaned syscall.Signal) (*Child, error) {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = new(syscall.SysProcAttr)
	}
	cmd.SysProcAttr.Setpgid, cmd.SysProcAttr.Pdeathsig = true, orphaned
	p := &Child{Cmd: cmd, done: make(chan struct{})}
	started := make(chan error, 1)
	go func() {
		// The kernel ties the signal to the thread that forked. Locked and never unlocked, the
		// thread lives exactly as long as this goroutine: until the process ends.
		runtime.LockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			p.err = cmd.Wait()
			close(p.done)
		}
	}()
	return p, <-started
}

// Done is closed when the process has ended.
func (p *Child) Done() <-chan struct{} { return p.done }

// Wait waits for the end of the process and tells how it ended, as often as it is asked.
func (p *Child) Wait() error {
	<-p.done
	return p.err
}
