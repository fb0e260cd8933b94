package rules

var parameterTerms = map[string]Text{}

var commonTerms = map[string]Text{}

var contributionTerms = map[string]Text{}

var oldAgeTerms = map[string]Text{}

var disabilityTerms = map[string]Text{}
