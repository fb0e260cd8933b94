package document

import "fmt"

// Error makes a fault that refuses a whole file an error. It names code, place and what
// was expected, never what stood there: that may be personal data.
func (f *Fault) Error() string {
	where := ""
	switch {
	case f.Place.Cell != "":
		where = fmt.Sprintf(" at cell %s", f.Place.Cell)
	case f.Place.Line > 0:
		where = fmt.Sprintf(" at line %d", f.Place.Line)
	}
	return fmt.Sprintf("%s%s: expected %s", f.Code, where, f.Expected)
}
