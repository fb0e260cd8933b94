package control

import "strings"

// RepairText says what a reader mended, in a sentence that names the fields concerned.
// kind and fields are those of the reader's list of repairs: fields holds keys of the
// model or, for what no field is known for, titles of the user's columns. A title that may
// be a value is masked.
func RepairText(kind string, fields []string) Text {
	t := loaded()
	text, ok := t.repairs[kind]
	if !ok {
		text = t.repairs[""]
	}
	var ru, be, en []string
	for _, key := range fields {
		name, ok := t.fieldName(key)
		if !ok {
			shown := shownNames(key)
			name = Text{RU: shown, BE: shown, EN: shown}
		}
		ru, be, en = append(ru, name.RU), append(be, name.BE), append(en, name.EN)
	}
	return Text{
		RU: sentence(text.RU, "«", ru, "»"),
		BE: sentence(text.BE, "«", be, "»"),
		EN: sentence(text.EN, "“", en, "”"),
	}
}

// fieldName finds the name of a field by its key; columns of tables put the part that the
// field is of before it.
func (t *texts) fieldName(key string) (Text, bool) {
	if key == "" {
		return Text{}, false
	}
	if name, ok := t.fields[key]; ok {
		return name, true
	}
	for _, part := range []string{"service_", "declared_", "previous_"} {
		if field, ok := strings.CutPrefix(key, part); ok {
			name, ok := t.fields[field]
			return name, ok
		}
	}
	return Text{}, false
}

func sentence(text, open string, names []string, closing string) string {
	if len(names) == 0 {
		return text + "."
	}
	return text + ": " + open + strings.Join(names, closing+", "+open) + closing + "."
}
