package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/stazh/stazh/api/service"
	"github.com/stazh/stazh/commands/intake/control"
	lawdata "github.com/stazh/stazh/fixtures/law"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/ledger/rules"
)

// calcCommand answers questions by the rules of the law. It needs no ledger: the law that
// comes with the program is enough.
type calcCommand struct {
	Rule      string `arg:"" optional:"" help:"Id of the rule, such as OA-5."`
	List      bool   `xor:"what" help:"List all rules."`
	Describe  bool   `xor:"what" help:"Show the fields of the rule's question and answer."`
	Batch     bool   `xor:"what" help:"${calc_batch}"`
	Brief     bool   `help:"Leave out steps and the numbers that were used."`
	On        date   `placeholder:"YYYY-MM-DD" help:"${calc_on}"`
	Ledger    bool   `help:"Use the law that is recorded in the ledger."`
	AsKnownAt moment `placeholder:"TIME" help:"The ledger's law as recorded then (RFC 3339)."`
}

// questionBytesMax bounds one question, far beyond a payer with a million persons.
const questionBytesMax = 256 << 20

// Run reads JSON on standard input and answers on standard output.
func (c *calcCommand) Run(ctx context.Context, a *app) error {
	switch {
	case c.List:
		return c.list(a)
	case c.Batch && c.Rule != "":
		return usage("a batch names the rule in each line: leave out %s", c.Rule)
	case c.Batch:
		return c.withLaw(ctx, a, func(law *rules.Law) error {
			return answerLines(ctx, a.in, a.term.out, law, c.form())
		})
	case c.Rule == "":
		return usage("name a rule, such as `%[1]s calc OA-5`; `%[1]s calc --list` shows all",
			program())
	case c.Describe:
		return c.describe(a)
	}
	return c.withLaw(ctx, a, func(law *rules.Law) error { return c.answer(a, law) })
}

func (c *calcCommand) form() rules.Form {
	if c.Brief {
		return rules.Brief
	}
	return rules.Explained
}

// withLaw hands out the law that counts.
func (c *calcCommand) withLaw(ctx context.Context, a *app, do func(*rules.Law) error) error {
	by := service.LawReading{On: period.Date(c.On), KnownAt: time.Time(c.AsKnownAt)}
	if c.Ledger {
		return a.read(ctx, func(ctx context.Context, s *session) error {
			law, err := s.RecordedLaw(ctx, a.actor(roleOfficer), by)
			if err != nil {
				return err
			}
			return do(law.Value)
		})
	}
	if !by.KnownAt.IsZero() {
		return usage("only a ledger knows when its law was recorded: add --ledger")
	}
	law, err := embeddedLaw()
	if err != nil {
		return err
	}
	if !by.On.IsZero() {
		law = law.On(by.On)
	}
	return do(law)
}

// embeddedLaw is the law that comes with the program, without values of a demonstration.
func embeddedLaw() (*rules.Law, error) {
	list, err := lawdata.Parameters()
	if err != nil {
		return nil, err
	}
	law := &rules.Law{}
	for _, p := range list {
		if err := law.Publish(p); err != nil {
			return nil, fmt.Errorf("the law of this program: %s from %s: %w", p.Name, p.From, err)
		}
	}
	return law, nil
}

// answer answers one question. What the rule refuses is an answer too, on standard output.
func (c *calcCommand) answer(a *app, law *rules.Law) error {
	question, err := io.ReadAll(io.LimitReader(a.in, questionBytesMax))
	if err != nil {
		return fmt.Errorf("read the question from standard input: %w", err)
	}
	answer, err := rules.Answer(law, c.Rule, question, c.form())
	if err != nil {
		b := rules.AsError(err).AppendJSON([]byte(`{"error":`))
		a.term.printf("%s\n", append(b, '}'))
		return &coded{exitUsage, errSaid}
	}
	var b bytes.Buffer
	if err := json.Indent(&b, answer, "", "  "); err != nil {
		return fmt.Errorf("write the answer: %w", err)
	}
	a.term.printf("%s\n", b.Bytes())
	return nil
}

// ruleAnswer describes a rule to programs.
type ruleAnswer struct {
	Rule   string          `json:"rule"`
	Title  rules.Text      `json:"title"`
	Act    string          `json:"act"`
	Input  json.RawMessage `json:"input"`
	Output json.RawMessage `json:"output"`
}

func ruleAnswerOf(r *rules.Rule) ruleAnswer {
	return ruleAnswer{r.ID, r.Title, r.Act, r.InputSchema(), r.OutputSchema()}
}

// list shows one rule a line.
func (c *calcCommand) list(a *app) error {
	all := rules.All()
	list := make([]ruleAnswer, len(all))
	for i := range all {
		list[i] = ruleAnswerOf(&all[i])
	}
	return a.term.answer(list, func() {
		for _, r := range all {
			a.term.printf("%s  %s\n", r.ID, inLanguage(control.Text(r.Title), a.Lang))
		}
	})
}

// describe shows the fields of a rule.
func (c *calcCommand) describe(a *app) error {
	r, err := rules.Find(c.Rule)
	if err != nil {
		return usage("there is no rule %s: `%s calc --list` shows all", c.Rule, program())
	}
	return a.term.answer(ruleAnswerOf(r), func() {
		a.term.printf("%s  %s\n%s\n", r.ID, inLanguage(control.Text(r.Title), a.Lang), r.Act)
		for _, part := range []struct {
			title  string
			fields []rules.Field
		}{{"QUESTION", r.Inputs}, {"ANSWER", r.Outputs}} {
			a.term.printf("\n")
			t := newTable(part.title, "FORM", "", "")
			addFields(t, part.fields, "", a.Lang)
			t.print(a.term)
		}
	})
}

// addFields adds a line for each field, those of list items below their list.
func addFields(t *table, fields []rules.Field, indent, lang string) {
	for _, f := range fields {
		if f.Name == "" {
			continue
		}
		need := ""
		if f.Optional || f.Absent {
			need = "optional"
		}
		t.add(indent+f.Name, formOf(f), need, inLanguage(control.Text(f.Doc()), lang))
		addFields(t, f.Items, indent+"  ", lang)
	}
}

// formOf is the type of a field in a word.
func formOf(f rules.Field) string {
	switch {
	case f.Type == rules.TypeEnum:
		return strings.Join(f.Words, "|")
	case f.Type == rules.TypeList && f.Items[0].Name == "":
		return "[" + formOf(f.Items[0]) + "]"
	case f.Type == rules.TypeList:
		return "[…]"
	}
	return string(f.Type)
}
