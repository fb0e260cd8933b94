package rules

// glossaries say in three languages what each name means that stands in questions,
// answers, steps and numbers of the law.
var glossaries = []map[string]Text{
	parameterTerms, commonTerms, contributionTerms, oldAgeTerms, disabilityTerms,
	benefitTerms, benefitParameterTerms, occupationalTerms,
}

// Term gives the meaning of a name; of a name without an entry, the name itself.
func Term(name string) Text {
	for _, g := range glossaries {
		if t, ok := g[name]; ok {
			return t
		}
	}
	return Text{name, name, name}
}
