// Package rules holds the law as data and pure functions: the dated numbers (Law) and the
// formulas, each named by its id of the rule catalogue (CO-1 is an insured person's
// contribution, OA-5 an old-age pension).
//
// A rule is described once: its question and answer, field by field, and one function.
// From the description come the reading of JSON, the schemas, the help and the pages of
// documentation. The function has two faces with one arithmetic: with a nil Trace it
// serves mass runs, without allocation; with a Trace it also writes down, for a citizen or
// a court, every number of the law with its act and every step. Run is the latter for
// JSON. All figures are exact until the one rounding that the rule names.
//
// The package knows no clock, no file and no event. A number of the law that is not
// published for a date is an error, never a guess.
package rules

import "slices"

// Rule is one rule of the law, as data.
type Rule struct {
	ID    string
	Title Text
	// Act is what the rule rests on.
	Act     string
	Inputs  []Field
	Outputs []Field
	// read takes the fields of a question.
	read func(r *reader) question
}

// question is a question that has been read: it is answered, then the answer is written.
type question interface {
	answer(law *Law, t *Trace) error
	// write appends the fields of the answer, each after a comma.
	write(b []byte) ([]byte, error)
}

// calculation is the question of a rule and, once it is answered, its answer.
type calculation[In, Out any] struct {
	in        In
	out       Out
	calculate func(law *Law, in In, t *Trace) (Out, error)
	tells     []tell[Out]
}

func (c *calculation[In, Out]) answer(law *Law, t *Trace) (err error) {
	c.out, err = c.calculate(law, c.in, t)
	return err
}

func (c *calculation[In, Out]) write(b []byte) ([]byte, error) {
	if !soundAll(c.tells, &c.out) {
		return nil, invalid("", "the amounts are too large for an answer: correct them")
	}
	return writeAll(b, c.tells, &c.out), nil
}

// about is the head of a rule's description.
type about struct {
	id, act    string
	ru, be, en string
}

// define makes a rule from its description and its function.
func define[In, Out any](
	a about, asks []ask[In], tells []tell[Out],
	calculate func(law *Law, in In, t *Trace) (Out, error),
) Rule {
	return Rule{
		ID: a.id, Title: Text{a.ru, a.be, a.en}, Act: a.act,
		Inputs: fieldsOf(asks), Outputs: told(tells),
		read: func(r *reader) question {
			c := &calculation[In, Out]{calculate: calculate, tells: tells}
			readAll(r, asks, &c.in)
			return c
		},
	}
}

// asking and telling list the fields of a question and of an answer.
func asking[In any](asks ...ask[In]) []ask[In] { return asks }

func telling[Out any](tells ...tell[Out]) []tell[Out] { return tells }

// catalogue are all rules, chapter by chapter.
var catalogue = slices.Concat(
	contributionRules,
	coverageRules,
	oldAgeRules,
	adjustmentRules,
	disabilityRules,
	benefitRules,
	occupationalRules,
)

// All gives all rules, in the order of the catalogue.
func All() []Rule { return slices.Clone(catalogue) }

// IDs gives the ids of all rules, in the order of the catalogue.
func IDs() []string {
	ids := make([]string, len(catalogue))
	for i := range catalogue {
		ids[i] = catalogue[i].ID
	}
	return ids
}

// Find gives the rule of an id; the error says that there is none.
func Find(id string) (*Rule, error) {
	for i := range catalogue {
		if catalogue[i].ID == id {
			return &catalogue[i], nil
		}
	}
	return nil, &Error{Code: CodeUnknownRule, Field: "rule",
		Message: "there is no such rule: ask for the list of rules"}
}
