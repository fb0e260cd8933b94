package main

import (
	"fmt"
	"strings"
	"time"
)

const (
	// drawEvery bounds how often a bar is drawn anew: faster is not seen.
	drawEvery = 100 * time.Millisecond
	// tellEvery is how often a line is written where there is no screen, as in a log.
	tellEvery = 5 * time.Second
	barCells  = 24
)

// progress shows how far a long work has come, with rate and remaining time. It is used
// by one goroutine at a time.
type progress struct {
	term  *terminal
	clock func() time.Time
	what  string // what is done, "Loading"
	unit  string // of the counts, "documents"
	began time.Time
	told  time.Time
	drawn int // characters of the bar on the screen
}

func (a *app) progress(what, unit string) *progress {
	now := a.clock()
	return &progress{term: a.term, clock: a.clock, what: what, unit: unit, began: now, told: now}
}

// set shows the state; a total of zero means that it is not known.
func (p *progress) set(done, total int64) {
	every := tellEvery
	if p.term.live {
		every = drawEvery
	}
	now := p.clock()
	if p.term.quiet || now.Sub(p.told) < every {
		return
	}
	p.told = now
	p.write(done, total)
}

func (p *progress) write(done, total int64) {
	text := p.text(done, total)
	if !p.term.live {
		p.term.say("%s", text)
		return
	}
	if most := p.term.columns() - 1; width(text) > most {
		text = clean(text, most)
	}
	blank := max(0, p.drawn-width(text))
	fmt.Fprintf(p.term.talk, "\r%s%s", text, strings.Repeat(" ", blank))
	p.drawn = width(text)
}

// text is a line such as "Loading  ━━━━╌╌╌╌ 50%  1,000/2,000 documents  400/s  3 s left".
func (p *progress) text(done, total int64) string {
	seconds := p.clock().Sub(p.began).Seconds()
	rate := 0.0
	if seconds > 0 {
		rate = float64(done) / seconds
	}
	speed := fmt.Sprintf("%s/s", grouped(int64(rate)))
	if total <= 0 {
		return fmt.Sprintf("%s  %s %s  %s", p.what, grouped(done), p.unit, speed)
	}
	done = min(done, total)
	filled := int(done * barCells / total)
	bar := strings.Repeat("━", filled) + strings.Repeat("╌", barCells-filled)
	left := "…"
	if rate > 0 {
		left = remaining(time.Duration(float64(total-done) / rate * float64(time.Second)))
	}
	return fmt.Sprintf("%s  %s %3d%%  %s/%s %s  %s  %s left", p.what, bar, done*100/total,
		grouped(done), grouped(total), p.unit, speed, left)
}

// clear takes the bar off the screen.
func (p *progress) clear() {
	if p.term.live && p.drawn > 0 {
		fmt.Fprintf(p.term.talk, "\r%s\r", strings.Repeat(" ", p.drawn))
		p.drawn = 0
	}
}

// end takes the bar off the screen and says what was done in how much time.
func (p *progress) end(done int64) {
	p.clear()
	took := p.clock().Sub(p.began)
	rate := float64(done) / max(took.Seconds(), 1e-3)
	unit := p.unit
	if done == 1 {
		unit = strings.TrimSuffix(unit, "s")
	}
	p.term.say("%s: %s %s in %s, %s/s", p.what, grouped(done), unit, remaining(took),
		grouped(int64(rate)))
}

// remaining shows a duration as people say it.
func remaining(d time.Duration) string {
	switch {
	case d < 10*time.Second:
		return fmt.Sprintf("%.1f s", d.Seconds())
	case d < 2*time.Minute:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	case d < 2*time.Hour:
		return fmt.Sprintf("%d min %02d s", int(d.Minutes()), int(d.Seconds())%60)
	}
	return fmt.Sprintf("%d h %02d min", int(d.Hours()), int(d.Minutes())%60)
}

// grouped shows a number with commas between thousands.
func grouped(n int64) string {
	s := fmt.Sprint(max(n, -n))
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	if n < 0 {
		return "-" + s
	}
	return s
}
