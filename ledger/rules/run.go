package rules

// Form says how much an answer tells.
type Form uint8

// The forms of answers.
const (
	// Explained answers have the numbers of the law that were used and every step.
	Explained Form = iota
	// Brief answers have the rule's own fields only.
	Brief
)

// Run answers one question, explained: input is a JSON object with exactly the fields of
// the rule and, where wanted, "parameters" that stand in for values of the law. The error
// is always an *Error with one of the codes of this package.
func Run(law *Law, id string, input []byte) ([]byte, error) {
	return Answer(law, id, input, Explained)
}

// Answer is Run for either form of answer.
func Answer(law *Law, id string, input []byte, form Form) ([]byte, error) {
	rule, err := Find(id)
	if err != nil {
		return nil, err
	}
	object, invalidJSON := parseObject(input)
	if invalidJSON != nil {
		return nil, invalidJSON
	}
	return rule.reply(law, object, form, nil)
}

// AppendLine answers one line of a list of questions, {"rule","input"}, and appends the
// line {"rule","output"} or {"rule","error"} without its end. The rule of an error is null
// where the line names none.
func AppendLine(b []byte, law *Law, line []byte, form Form) []byte {
	id, b, err := appendReply(b, law, line, form)
	if err == nil {
		return append(b, '}')
	}
	b = append(b, `{"rule":`...)
	if id == "" {
		b = append(b, "null"...)
	} else {
		b = appendString(b, id)
	}
	return append(AsError(err).AppendJSON(append(b, `,"error":`...)), '}')
}

// appendReply appends all but the end of the answer to a line; b is as before where there
// is an error.
func appendReply(b []byte, law *Law, line []byte, form Form) (string, []byte, error) {
	object, invalidJSON := parseObject(line)
	if invalidJSON != nil {
		return "", b, invalidJSON
	}
	r := reader{jsonValue: object}
	id, _ := r.text("rule", "name the rule, like \"CO-1\"")
	input := r.take("input")
	if input.kind != jsonObject {
		r.fail("input", "give the question as an object")
	}
	if err := r.done(); err != nil {
		return shorten(id), b, err
	}
	rule, err := Find(id)
	if err != nil {
		return shorten(id), b, err
	}
	reply := appendString(append(b, `{"rule":`...), id)
	reply, err = rule.reply(law, input, form, append(reply, `,"output":`...))
	if err != nil {
		return id, b, err
	}
	return id, reply, nil
}

// reply answers a question that is parsed; the answer is appended to b.
func (r *Rule) reply(law *Law, object *jsonValue, form Form, b []byte) ([]byte, error) {
	given, law, err := r.ask(law, object)
	if err != nil {
		return nil, err
	}
	var t *Trace
	if form == Explained {
		t = newTrace(r.Act)
		given.note(t)
	}
	if err := given.answer(law, t); err != nil {
		return nil, AsError(err)
	}
	b = append(append(append(b, `{"rule":"`...), r.ID...), `","currency":"BYN"`...)
	if b, err = given.write(b); err != nil {
		return nil, err
	}
	if t != nil {
		b = t.appendJSON(b)
	}
	return append(b, '}'), nil
}

// asked is a question with the object that it was read from.
type asked struct {
	question
	*reader
}

// ask reads a question, and gives the law in which its own values stand in for others.
func (r *Rule) ask(law *Law, object *jsonValue) (asked, *Law, error) {
	given := asked{reader: &reader{jsonValue: object}}
	given.question = r.read(given.reader)
	overrides := given.overrides()
	if err := given.done(); err != nil {
		return asked{}, nil, err
	}
	return given, law.override(overrides), nil
}
