package rules

// Prepare reads a question; what it gives answers it as mass runs do, as often as it is
// called.
func Prepare(law *Law, id string, input []byte) (func() error, error) {
	rule, err := Find(id)
	if err != nil {
		return nil, err
	}
	object, invalidJSON := parseObject(input)
	if invalidJSON != nil {
		return nil, invalidJSON
	}
	given, law, err := rule.ask(law, object)
	if err != nil {
		return nil, err
	}
	return func() error { return given.answer(law, nil) }, nil
}
