package rules

import "slices"

// benefitRules are the chapters of benefits other than old-age and disability pensions.
var benefitRules = slices.Concat(survivorRules, sicknessRules, maternityRules, injuryRules,
	unemploymentRules, familyRules)

// benefitParameters are the numbers that only these chapters read.
var benefitParameters = slices.Concat(survivorParameters, sicknessParameters,
	maternityParameters, injuryParameters, unemploymentParameters, familyParameters)
