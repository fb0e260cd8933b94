package rules

var disabilityParameters = []definition{}
var disabilityTerms = map[string]Text{}
