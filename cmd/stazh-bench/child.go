package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"runtime/debug"
	"syscall"
	"time"

	"github.com/stazh/stazh/ledger/pgrun/tether"
)

// childFlag makes this program do one duty for another run of itself, so that what is
// measured, what makes the load and what measures are processes of their own.
const childFlag = "-child"

// duty is what a child does. It is told what by its first message, and ends at the latest
// when nobody holds its other end any more.
type duty func(ctx context.Context, t *talk) error

func duties() map[string]duty {
	return map[string]duty{"serve": serveDuty, "load": loadDuty, "country": countryDuty,
		"storm": stormDuty, "watch": watchDuty, "doze": dozeDuty,
		"rebuild": rebuildDuty, "replay": replayDuty,
		"catchup": catchUpDuty, "follow": followDuty, "lag": lagDuty,
		"lossless": losslessDuty, "append": appendDuty}
}

// madeAhead are the duties that make loads. What they will send stands in their memory before
// the start, and may be more than a server is allowed: under its limit they would collect
// garbage all the time, with the processors that the server is measured on.
var madeAhead = map[string]bool{"load": true, "country": true, "storm": true}

// talk is a conversation in JSON messages, one a line.
type talk struct {
	in  *json.Decoder
	out *json.Encoder
}

func newTalk(in io.Reader, out io.Writer) *talk {
	return &talk{json.NewDecoder(in), json.NewEncoder(out)}
}

func (t *talk) hear(message any) error { return t.in.Decode(message) }

func (t *talk) say(message any) error { return t.out.Encode(message) }

// cue is a message without content: ready, go, done.
type cue struct {
	Name string `json:"cue"`
}

// await hears a cue; another message in its place is an error.
func (t *talk) await(name string) error {
	var s cue
	if err := t.hear(&s); err != nil {
		return err
	}
	if s.Name != name {
		return fmt.Errorf("heard %q instead of %q", s.Name, name)
	}
	return nil
}

// runDuty is the whole life of a child.
func runDuty(ctx context.Context, name string) error {
	do, ok := duties()[name]
	if !ok {
		return fmt.Errorf("there is no duty %q", name)
	}
	if madeAhead[name] {
		debug.SetMemoryLimit(math.MaxInt64)
	}
	t := newTalk(os.Stdin, os.Stdout)
	if err := do(ctx, t); err != nil {
		return err
	}
	return t.ended() // until then the other end may ask what this process has used
}

// ended waits until the other end says no more.
func (t *talk) ended() error {
	var more cue
	if err := t.hear(&more); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	return nil
}

// child is the other end of a duty.
type child struct {
	*talk
	name string
	run  *tether.Child
	in   io.Closer
}

// errChild: a child ended before it was done; it has said why on standard error.
var errChild = errors.New("ended before it was done, see above")

// spawn starts a duty and hands it its first message.
func spawn(ctx context.Context, name string, spec any) (*child, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find this program: %w", err)
	}
	cmd := exec.CommandContext(ctx, self, childFlag, name)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	run, err := tether.Start(cmd, syscall.SIGKILL)
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	c := &child{talk: newTalk(out, in), name: name, run: run, in: in}
	return c, c.say(spec)
}

func (c *child) pid() int { return c.run.Process.Pid }

// hear gives the child's next message.
func (c *child) hear(message any) error {
	if err := c.talk.hear(message); err != nil {
		return fmt.Errorf("%s %w (%w)", c.name, errChild, err)
	}
	return nil
}

func (c *child) await(name string) error {
	if err := c.talk.await(name); err != nil {
		return fmt.Errorf("%s %w (%w)", c.name, errChild, err)
	}
	return nil
}

// endGrace is how long a child may take to end in order.
const endGrace = time.Minute

// end closes the conversation and waits.
func (c *child) end() error {
	_ = c.in.Close() // it may have ended by itself
	late := time.AfterFunc(endGrace, c.kill)
	defer late.Stop()
	if err := c.run.Wait(); err != nil {
		return fmt.Errorf("%s: %w", c.name, err)
	}
	return nil
}

// kill ends the child as a crash of the machine would.
func (c *child) kill() { _ = c.run.Process.Signal(syscall.SIGKILL) }

// work is what a child took between go and its answer, and its peak memory at the end.
type work struct {
	used usage
	peak int64 // bytes
}

// verdict is a child's last message: what is wrong with what it did, or nothing.
type verdict struct{ Wrong string }

// judge says the verdict.
func (t *talk) judge(wrong error) error {
	v := verdict{}
	if wrong != nil {
		v.Wrong = wrong.Error()
	}
	return t.say(v)
}

// ask runs a duty that says ready, does its work at go, answers, checks its result after
// that and says its verdict.
func (b *bench) ask(ctx context.Context, name string, spec, answer any) (w work, err error) {
	c, err := readyLoad(ctx, name, spec)
	if err != nil {
		return w, err
	}
	before, err := b.usageOf(c)
	if err != nil {
		return w, err
	}
	if err := errors.Join(c.say(cue{"go"}), c.hear(answer)); err != nil {
		return w, errors.Join(err, c.end())
	}
	after, err := b.usageOf(c)
	if err != nil {
		return w, err
	}
	w.used = after.minus(before)
	if w.peak, err = peakRSS(c.pid()); err != nil {
		return w, err
	}
	var v verdict
	err = c.hear(&v)
	if err == nil && v.Wrong != "" {
		err = fmt.Errorf("%w: %s", errDiffers, v.Wrong)
	}
	return w, errors.Join(err, c.end())
}

// answer is what most duties answer.
type answer struct {
	Took    time.Duration
	Count   int
	Latency latencies
	Hurried bool // its threads went before all others
}

// begin says ready and waits for go.
func (t *talk) begin() error { return errors.Join(t.say(cue{"ready"}), t.await("go")) }
