package pgrun

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"time"
)

// child is a process of ours that ends when we end, however we end.
type child struct {
	cmd  *exec.Cmd
	done chan struct{} // closed when the process has ended and err is set
	err  error         // how it ended; read it after done
}

// startChild starts cmd as the account, in a process group of its own: Ctrl-C in a terminal
// must reach stazh, which then stops Postgres in order, and not both at once. When this
// process dies without stopping it, the kernel sends it the signal `orphaned`.
func startChild(cmd *exec.Cmd, acct account, orphaned syscall.Signal) (*child, error) {
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Credential: acct.cred,
		Setpgid:    true,
		Pdeathsig:  orphaned,
	}
	c := &child{cmd: cmd, done: make(chan struct{})}
	started := make(chan error, 1)
	go func() {
		// The kernel ties the parent-death signal to the thread that forked. Locked and never
		// unlocked, the thread lives exactly as long as this goroutine: until the child ends.
		runtime.LockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			c.err = cmd.Wait()
			close(c.done)
		}
	}()
	if err := <-started; err != nil {
		return nil, err
	}
	return c, nil
}

// exited tells whether the process has ended.
func (c *child) exited() bool {
	select {
	case <-c.done:
		return true
	default:
		return false
	}
}

// shutdown ends a postmaster: fast (sessions are rolled back, a checkpoint is written), and
// when that takes longer than the grace or than ctx allows, at once.
func (c *child) shutdown(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, stopGrace)
	defer cancel()
	if err := c.signal(syscall.SIGINT); err != nil {
		return err
	}
	select {
	case <-c.done:
		return nil
	case <-ctx.Done():
		return c.abort()
	}
}

// abort ends a postmaster at once; its data are recovered at the next start.
func (c *child) abort() error {
	if err := c.signal(syscall.SIGQUIT); err != nil {
		return err
	}
	timer := time.NewTimer(quitGrace)
	defer timer.Stop()
	select {
	case <-c.done:
		return nil
	case <-timer.C:
	}
	if err := c.signal(syscall.SIGKILL); err != nil {
		return err
	}
	<-c.done
	return nil
}

// signal sends sig; a process that has ended already is no error.
func (c *child) signal(sig syscall.Signal) error {
	err := c.cmd.Process.Signal(sig)
	if errors.Is(err, os.ErrProcessDone) || errors.Is(err, syscall.ESRCH) {
		return nil
	}
	return err
}
