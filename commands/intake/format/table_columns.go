package format

import (
	"strconv"
	"strings"
	"unicode"

	"github.com/stazh/stazh/commands/intake/document"
)

// target is the part of the model that one row of a table is read into or written from.
type target struct {
	doc      *document.Document
	pack     *document.Pack
	month    *document.Month
	service  *document.Service
	special  *document.Occupation // СТАЖ of ПУ-6
	movement *document.Movement
	line     *document.ReportLine
}

func targetDoc(t *target) *doc                     { return t.doc }
func targetPack(t *target) *pack                   { return t.pack }
func targetReg(t *target) *reg                     { return t.doc.Registration }
func targetData(t *target) *data                   { return t.doc.Data }
func targetDeclared(t *target) *sums               { return declaredOf(t.doc) }
func targetPayment(t *target) *document.Payment    { return t.doc.Payment }
func targetMonth(t *target) *document.Month        { return t.month }
func targetService(t *target) *document.Service    { return t.service }
func targetSpecial(t *target) *document.Occupation { return t.special }

func targetMovement(t *target) *document.Movement { return t.movement }
func targetLine(t *target) *document.ReportLine   { return t.line }

// column is a column of a table: a field and the part of the document it belongs to.
type column struct {
	field[target]
	group   group
	pack    bool   // of the payer, not of the document
	pointer string // below the group's element: "earnings"; else of the document
}

// documentColumn is the column that groups rows; it belongs to no field.
const documentColumn = "document"

// formColumns lists the columns of a form in the order in which they are written.
func formColumns(form document.Form) []column {
	cols := packColumns()
	cols = append(cols, columns(headGroup, "", lift("", docHead(form), targetDoc))...)
	switch form {
	case document.PU1:
		cols = append(cols, columns(headGroup, "registration/", lift("", regFields, targetReg))...)
		cols = append(cols, columns(headGroup, "registration/previous/",
			rename("previous_", lift("", previousFields, targetReg)))...)
	case document.PU2:
		cols = append(cols, columns(movementGroup, "",
			lift("", movementFields, targetMovement))...)
	case document.PU3:
		cols = append(cols, columns(headGroup, "individual_data/",
			lift("", dataFieldsPU3, targetData))...)
		cols = append(cols, columns(headGroup, "individual_data/declared/",
			rename("declared_", lift("", sumFields, targetDeclared)))...)
		cols = append(cols, columns(monthGroup, "", lift("", monthFields, targetMonth))...)
		service := lift("", serviceFields, targetService)
		service[0].key, service[1].key = "service_from", "service_to"
		cols = append(cols, columns(serviceGroup, "", service)...)
	case document.Fund4:
		cols = append(cols, columns(lineGroup, "", lift("", lineFields, targetLine))...)
	case document.PU6:
		cols = append(cols, columns(headGroup, "individual_data/",
			lift("", dataFieldsPU6, targetData))...)
		cols = append(cols, columns(headGroup, "individual_data/declared/",
			rename("declared_", lift("", packSumsPU6, targetDeclared)))...)
		cols = append(cols, columns(monthGroup, "", lift("", monthFieldsPU6, targetMonth))...)
		special := lift("", occupationFields, targetSpecial)
		special[0].key, special[1].key = "service_from", "service_to"
		cols = append(cols, columns(serviceGroup, "", special)...)
	case document.Payments:
		cols = append(cols, columns(headGroup, "payment/",
			lift("", paymentFields, targetPayment))...)
	}
	return cols
}

// docHead gives the fields of the document itself that the form has.
func docHead(form document.Form) []field[doc] {
	switch form {
	case document.PU1:
		return pick(docFields, "form", "type", "fund_no", "filled_on")
	case document.PU2:
		return pick(docFields, "form", "type", "fund_no", "phone", "filled_on", "year", "quarters",
			"declared_movements")
	case document.PU3, document.PU6:
		return pick(docFields, "form", "type", "fund_no", "phone", "filled_on", "year", "quarters",
			"supersedes", "restores")
	case document.Fund4:
		return pick(docFields, "form", "type", "fund_no", "filled_on", "year", "quarters",
			"supersedes")
	}
	return pick(docFields, "form", "type", "filled_on")
}

func packColumns() []column {
	fields := lift("", pick(packFields, "unp", "payer_name", "pack_no"), targetPack)
	cols := columns(headGroup, "", fields)
	for i := range cols {
		cols[i].pack = true
	}
	return cols
}

func columns(g group, path string, fields []field[target]) []column {
	cols := make([]column, len(fields))
	for i, f := range fields {
		key := strings.TrimPrefix(f.key, "previous_")
		if path == "individual_data/declared/" {
			key = strings.TrimPrefix(f.key, "declared_")
		}
		if g == serviceGroup {
			key = strings.TrimPrefix(f.key, "service_")
		}
		cols[i] = column{field: f, group: g, pointer: path + key}
	}
	return cols
}

func rename(prefix string, fields []field[target]) []field[target] {
	for i := range fields {
		fields[i].key = prefix + fields[i].key
	}
	return fields
}

// synonyms are the other names that a column of the key may have, in the simplified
// spelling of columnName.
var synonyms = map[string][]string{
	"form":     {"форма", "видформы", "документформа"},
	"type":     {"тип", "типформы", "типдокумента"},
	"document": {"документ", "группа", "doc", "номерстрокидокумента"},
	"unp":      {"унп", "учетныйномерплательщика", "унпплательщика"},
	"fund_no": {"уннф", "унпф", "фонд", "номервфонде", "учетныйномервфонде",
		"номерплательщикафонда", "регистрационныйномер", "номерфсзн", "fundno", "fund"},
	"payer_name":         {"плательщик", "наименование", "наименованиеплательщика", "payer"},
	"pack_no":            {"пачка", "номерпачки", "packno"},
	"phone":              {"телефон", "контактныйтелефон"},
	"phone2":             {"телефон2", "второйтелефон"},
	"filled_on":          {"датазаполнения", "заполнено", "filledon"},
	"year":               {"год", "отчетныйгод"},
	"quarters":           {"квартал", "кварталы", "quarter"},
	"supersedes":         {"квитанцияисправляемого", "исправляемаяквитанция", "взамен"},
	"restores":           {"восстанавливаемаяверсия", "версия"},
	"corrects":           {"прежняядатаприема"},
	"claimed_on":         {"датаобращениязапенсией", "датаобращения"},
	"declared_movements": {"количествозаписей", "числозаписей"},
	"insurance_no": {"страховойномер", "номерстраховогосвидетельства",
		"страховойномерзл", "insuranceno"},
	"personal_no": {"личныйномер", "идентификационныйномер", "личныйидентификационныйномер",
		"personalno"},
	"surname":                {"фамилия", "lastname"},
	"name":                   {"имя", "собственноеимя", "firstname"},
	"patronymic":             {"отчество"},
	"initial":                {"инициал", "инициалимени", "инициал1", "initial1"},
	"initial2":               {"инициалотчества", "инициал2"},
	"sex":                    {"пол", "gender"},
	"citizenship":            {"гражданство", "кодгражданства"},
	"birth_date":             {"датарождения", "birthdate"},
	"birth_settlement":       {"населенныйпунктрождения", "местрождения", "месторождения"},
	"birth_district":         {"районрождения"},
	"birth_region":           {"областьрождения"},
	"birth_country":          {"странарождения"},
	"document_series":        {"сериядокумента", "серия"},
	"document_no":            {"номердокумента", "номерпаспорта"},
	"document_date":          {"датавыдачи", "датавыдачидокумента"},
	"document_issuer":        {"кемвыдан", "органвыдавшийдокумент"},
	"postcode":               {"индекс", "почтовыйиндекс"},
	"address":                {"адрес", "адресместажительства"},
	"previous_surname":       {"прежняяфамилия"},
	"previous_name":          {"прежнееимя"},
	"previous_patronymic":    {"прежнееотчество"},
	"previous_birth_date":    {"прежняядатарождения"},
	"hired_on":               {"датаприема", "принят", "датаприеманаработу", "hiredate"},
	"contract":               {"коддоговора", "виддоговора"},
	"dismissed_on":           {"датаувольнения", "уволен", "dismissaldate"},
	"reason":                 {"кодпричины", "причинаувольнения", "кодувольнения"},
	"contract_no":            {"номердоговора"},
	"contract_date":          {"датадоговора"},
	"category":               {"категория", "кодкатегории", "категориязл"},
	"declared_months":        {"количествомесяцев", "числомесяцев"},
	"declared_service":       {"количествопериодовстажа", "числопериодовстажа"},
	"declared_earnings":      {"итоговыплат", "итогоначислено", "всегоначислено"},
	"declared_benefits":      {"итогопособий", "всегопособий"},
	"declared_contributions": {"итоговзносов", "всеговзносов"},
	"declared_paid":          {"итогоуплачено", "всегоуплачено"},
	"month":                  {"месяц", "номермесяца"},
	"earnings":               {"начислено", "выплаты", "суммавыплат", "заработок", "зарплата", "pay"},
	"benefits":               {"пособия", "суммапособий", "пособие"},
	"contributions":          {"взносы", "суммавзносов", "начисленовзносов"},
	"paid":                   {"уплачено", "уплаченовзносов"},
	"tariff":                 {"тариф", "кодтарифа"},
	"service_from":           {"стажс", "с", "началостажа", "from"},
	"service_to":             {"стажпо", "по", "конецстажа", "to"},
	"occupation":             {"профессия", "кодпрофессии", "должность"},
	"activity":               {"деятельность", "виддеятельности", "кодвидадеятельности"},
	highestTariff:            {"наибольшийтариф", "максимальныйтариф"},
	"sub_code":               {"подкод", "кодподгруппы"},
	"derived_code":           {"производныйкод", "кодпроизводнойпрофессии"},
	"classifier":             {"классификатор", "номерклассификатора"},
	"list_position":          {"позициясписка", "позиция"},
	"team_code":              {"кодкоманды", "кодтекстиля"},
	"indicator":              {"показатель", "дополнительныйпоказатель"},
	"share":                  {"доляставки", "занятость"},
	"indicator1":             {"показатель1", "дополнительныйпоказатель1"},
	"indicator2":             {"показатель2", "дополнительныйпоказатель2"},
	"line":                   {"строка", "кодстроки", "номерстроки"},
	"bank_ref":               {"номерплатежа", "референс", "номерплатежногодокумента", "reference"},
	"payer_unp":              {"унпвносящего", "payerunp"},
	"value_date":             {"датаплатежа", "датавалютирования", "valuedate"},
	"booked_on":              {"датапроводки", "датазачисления", "bookedon"},
	"amount":                 {"сумма", "суммаплатежа"},
	"kind":                   {"видплатежа", "видвзноса"},
	"purpose":                {"назначение", "назначениеплатежа"},
}

// columnNames maps every simplified name to its key.
var columnNames = func() map[string]string {
	names := map[string]string{}
	for key, others := range synonyms {
		names[columnName(key)] = key
		for _, name := range others {
			names[name] = key
		}
	}
	return names
}()

// columnName simplifies a header cell: lower case, letters and digits only, ё as е and №
// as the word it stands for.
func columnName(s string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(s) {
		switch {
		case r == 'ё':
			b.WriteRune('е')
		case r == '№':
			b.WriteString("номер")
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			b.WriteRune(r)
		}
	}
	return b.String()
}

// columnSet is the header of a table, bound to the columns of a form.
type columnSet struct {
	form   document.Form
	keys   []string // by position; "" where the header is blank or unknown
	titles []string // as filed
	bound  []*column
	// document is the position of the grouping column, -1 when there is none.
	document int
	fundNo   int // position of fund_no, -1 when there is none
}

// recognise reads a header row; known is how many of its names are columns.
func recognise(cells []string) (keys []string, known int) {
	keys = make([]string, len(cells))
	seen := map[string]bool{}
	for i, c := range cells {
		key := columnNames[columnName(c)]
		if key == "" || seen[key] {
			continue
		}
		seen[key] = true
		keys[i] = key
		known++
	}
	return keys, known
}

// bind chooses the columns of a form for a header.
func bind(form document.Form, keys, titles []string) *columnSet {
	set := &columnSet{form: form, keys: keys, titles: titles, document: -1, fundNo: -1}
	set.bound = make([]*column, len(keys))
	all := formColumns(form)
	has := map[string]bool{}
	for _, k := range keys {
		has[k] = true
	}
	for i, key := range keys {
		switch {
		case key == documentColumn:
			set.document = i
			continue
		case key == "fund_no":
			set.fundNo = i
		case key == "unp" && form == document.Payments && !has["payer_unp"]:
			// A list of payments names the payers; nobody else's UNP is in it.
			key = "payer_unp"
		}
		for c := range all {
			if all[c].key == key {
				set.bound[i] = &all[c]
			}
		}
	}
	return set
}

// guessForm tells the form from the columns when no column names it.
func guessForm(keys []string) (document.Form, bool) {
	has := map[string]bool{}
	for _, k := range keys {
		has[k] = true
	}
	switch {
	case has["line"]:
		return document.Fund4, true
	case has["bank_ref"] || has["value_date"]:
		return document.Payments, true
	case has[highestTariff]:
		return document.PU6, true
	case has["month"] || has["earnings"] || has["service_from"]:
		return document.PU3, true
	case has["hired_on"] || has["dismissed_on"]:
		return document.PU2, true
	case has["birth_date"] || has["sex"]:
		return document.PU1, true
	}
	return "", false
}

// cell names the spreadsheet cell of a field: "B17".
func (c *columnSet) cell(g group, pointer string, row int) string {
	for i, col := range c.bound {
		if col != nil && !col.pack && col.group == g && col.pointer == pointer {
			return cellName(i, row)
		}
	}
	return cellName(0, row)
}

// cellName gives the name of the cell in a 0-based column and a 1-based row.
func cellName(column, row int) string { return columnLetters(column) + strconv.Itoa(row) }

// columnLetters names a 0-based column as spreadsheets do.
func columnLetters(column int) string {
	name := ""
	for n := column + 1; n > 0; n = (n - 1) / 26 {
		name = string(rune('A'+(n-1)%26)) + name
	}
	return name
}
