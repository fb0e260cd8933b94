package rules

// Plain answers a question as mass runs do, without a trace; the answer has the rule's
// own fields only.
func Plain(law *Law, id string, input []byte) ([]byte, error) {
	answer, write, err := Prepare(law, id, input)
	if err != nil {
		return nil, err
	}
	if err := answer(); err != nil {
		return nil, AsError(err)
	}
	b, err := write(nil)
	if err != nil {
		return nil, err
	}
	return append(append([]byte{'{'}, b[1:]...), '}'), nil
}

// Prepare reads a question; answer then works as often as it is called.
func Prepare(law *Law, id string, input []byte) (
	answer func() error, write func([]byte) ([]byte, error), err error,
) {
	r, err := Find(id)
	if err != nil {
		return nil, nil, err
	}
	given, law, err := r.ask(law, input)
	if err != nil {
		return nil, nil, err
	}
	return func() error { return given.answer(law, nil) }, given.write, nil
}
