package pgrun

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"syscall"
	"time"

	"github.com/stazh/stazh/ledger/pgrun/tether"
)

// child is a process of ours that ends when we end, however we end.
type child struct{ *tether.Child }

// startChild starts cmd as the account. When this process dies without stopping it, the kernel
// sends it the signal `orphaned`.
func startChild(cmd *exec.Cmd, acct account, orphaned syscall.Signal) (*child, error) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: acct.cred}
	p, err := tether.Start(cmd, orphaned)
	if err != nil {
		return nil, err
	}
	return &child{p}, nil
}

// exited tells whether the process has ended.
func (c *child) exited() bool {
	select {
	case <-c.Done():
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
	case <-c.Done():
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
	case <-c.Done():
		return nil
	case <-timer.C:
	}
	if err := c.signal(syscall.SIGKILL); err != nil {
		return err
	}
	<-c.Done()
	return nil
}

// signal sends sig; a process that has ended already is no error.
func (c *child) signal(sig syscall.Signal) error {
	err := c.Process.Signal(sig)
	if errors.Is(err, os.ErrProcessDone) || errors.Is(err, syscall.ESRCH) {
		return nil
	}
	return err
}
