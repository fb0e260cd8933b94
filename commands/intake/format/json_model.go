package format

import "github.com/stazh/stazh/commands/intake/document"

// jsonPack reads the head object.
func (r *jsonReader) jsonPack(p *document.Pack) {
	object(r, p, packFields, func(key string) bool {
		switch key {
		case "declared":
			r.declared(p)
		case "unread":
			r.list(func() { p.Unread = append(p.Unread, r.unread()) })
		default:
			return false
		}
		return true
	})
}

func (r *jsonReader) declared(p *document.Pack) {
	if r.peek() != '{' {
		r.expectObject("{")
		return
	}
	p.Declared = &document.PackTotals{Documents: -1}
	fields := []field[document.PackTotals]{
		{spec{key: "documents"}, func(t *document.PackTotals) any { return &t.Documents }},
		{spec{key: "nominal"}, func(t *document.PackTotals) any { return &t.Nominal }},
	}
	object(r, p.Declared, fields, func(key string) bool {
		if key != "totals" {
			return false
		}
		p.Declared.Totals = r.totals()
		return true
	})
}

func (r *jsonReader) totals() *document.Totals {
	if r.peek() != '{' {
		r.expectObject("{")
		return nil
	}
	t := &document.Totals{}
	object(r, t, sumFields, nil)
	return t
}

func (r *jsonReader) unread() (u document.UnreadField) {
	object(r, &u, unreadFields, nil)
	return u
}

// jsonDocument reads one document. The form decides which parts it may have; a part of
// another form is an unknown field.
func (r *jsonReader) jsonDocument(d *document.Document) {
	fields := docJSON
	object(r, d, fields, func(key string) bool {
		switch key {
		case "no":
			r.skip() // The reader numbers the documents itself.
		case "registration":
			d.Registration = &document.Registration{}
			r.registration(d.Registration)
		case "movements":
			r.list(func() {
				var m document.Movement
				object(r, &m, movementFields, nil)
				d.Movements = append(d.Movements, m)
			})
		case "individual_data":
			d.Data = &document.IndividualData{DeclaredMonths: -1, DeclaredService: -1}
			r.data(d.Data)
		case "payer_report":
			d.Report = &document.PayerReport{}
			r.payerReport(d.Report)
		case "payment":
			d.Payment = &document.Payment{}
			object(r, d.Payment, paymentFields, nil)
		case "unread":
			r.list(func() { d.Unread = append(d.Unread, r.unread()) })
		default:
			return false
		}
		return true
	})
}

// docJSON are the single values of a document.
var docJSON = docFields

func (r *jsonReader) registration(reg *document.Registration) {
	object(r, reg, regFields, func(key string) bool {
		if key != "previous" {
			return false
		}
		object(r, reg, previousFields, nil)
		return true
	})
}

func (r *jsonReader) data(d *document.IndividualData) {
	object(r, d, dataFields, func(key string) bool {
		switch key {
		case "declared":
			d.Declared = r.totals()
		case "months":
			r.list(func() {
				var m document.Month
				object(r, &m, monthFields, nil)
				d.Months = append(d.Months, m)
			})
		case "service":
			r.list(func() {
				var s document.Service
				object(r, &s, serviceFields, nil)
				d.Service = append(d.Service, s)
			})
		case "occupations":
			r.list(func() {
				var o document.Occupation
				object(r, &o, occupationFields, nil)
				d.Occupations = append(d.Occupations, o)
			})
		default:
			return false
		}
		return true
	})
}

func (r *jsonReader) payerReport(report *document.PayerReport) {
	object[document.PayerReport](r, report, nil, func(key string) bool {
		if key != "lines" {
			return false
		}
		r.list(func() {
			var l document.ReportLine
			object(r, &l, lineFields, nil)
			report.Lines = append(report.Lines, l)
		})
		return true
	})
}

// complete gives a document the parts that its form needs and JSON may leave out.
func complete(d *document.Document) {
	switch {
	case d.Form == document.PU1 && d.Registration == nil:
		d.Registration = &document.Registration{}
	case (d.Form == document.PU3 || d.Form == document.PU6) && d.Data == nil:
		d.Data = &document.IndividualData{DeclaredMonths: -1, DeclaredService: -1}
	case d.Form == document.Fund4 && d.Report == nil:
		d.Report = &document.PayerReport{}
	case d.Form == document.Payments && d.Payment == nil:
		d.Payment = &document.Payment{}
	}
	// A part of another form would be read by nobody.
	if headLayout(d.Form) != nil || tabular(d.Form) {
		keepPart(d)
	}
}

func keepPart(d *document.Document) {
	if d.Form != document.PU1 {
		d.Registration = nil
	}
	if d.Form != document.PU2 {
		d.Movements = nil
	}
	if d.Form != document.PU3 && d.Form != document.PU6 {
		d.Data = nil
	}
	if d.Form != document.Fund4 {
		d.Report = nil
	}
	if d.Form != document.Payments {
		d.Payment = nil
	}
}
