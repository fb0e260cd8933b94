// Package auth is the one place where it is decided who may do what. Every use case asks
// Allow before anything else, whether it is reached by REST or by the command line.
//
// It knows nothing of transports and of how a caller is identified. Until identities are
// checked, callers name themselves; the server therefore listens on loopback addresses
// only (CheckLoopback).
package auth

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/stazh/stazh/ledger"
)

// Caller is who asks: the subject, the role in which it acts and, for people of the Fund,
// the office they act for. It becomes the actor of the events that are recorded.
type Caller = ledger.Actor

// Role is what a caller is to the Fund.
type Role string

// The roles.
const (
	Payer          Role = "payer"           // employer or sole proprietor, for itself
	Agent          Role = "agent"           // bookkeeper acting for payers
	Person         Role = "person"          // insured person
	Officer        Role = "officer"         // of a district or city office
	Regional       Role = "regional"        // of a regional department
	Central        Role = "central"         // of the central office
	PensionOfficer Role = "pension_officer" // prepares pension decisions
	Approver       Role = "approver"        // approves what another prepared
	Court          Role = "court"
	Auditor        Role = "auditor"
	Ministry       Role = "ministry"
	Authority      Role = "authority"   // another state body
	Bank           Role = "bank"        // files lists of payments, as the treasury does
	Legislation    Role = "legislation" // publishes the law's numbers
	Security       Role = "security"
	Operator       Role = "operator" // runs the installation
	System         Role = "system"   // the program itself
)

// Roles lists all roles.
func Roles() []Role {
	return []Role{Payer, Agent, Person, Officer, Regional, Central, PensionOfficer, Approver,
		Court, Auditor, Ministry, Authority, Bank, Legislation, Security, Operator, System}
}

// Kind is what an action is done to.
type Kind string

// The kinds of objects.
const (
	KindFiling     Kind = "filing"
	KindPerson     Kind = "person"
	KindPayer      Kind = "payer"
	KindOffice     Kind = "office"
	KindReporting  Kind = "reporting"
	KindLaw        Kind = "law"
	KindLedger     Kind = "ledger"
	KindProjection Kind = "projection"
)

// Object is the one thing that an action is done to. ID is the pseudonym of a person, the
// UNP of a payer, the receipt number of a filing; empty when the action concerns the kind
// as a whole, as a search does.
type Object struct {
	Kind Kind
	ID   string
}

// Action is something a caller may do.
type Action string

// The actions.
const (
	SubmitFiling   Action = "filing.submit"
	CheckFiling    Action = "filing.check"
	ReadFiling     Action = "filing.read"
	ReadOriginal   Action = "filing.read_original"
	FindPersons    Action = "person.find"
	ReadPerson     Action = "person.read"
	ReadAccount    Action = "person.read_account"
	RegisterPayer  Action = "payer.register"
	FindPayers     Action = "payer.find"
	ReadPayer      Action = "payer.read"
	ReadBalance    Action = "payer.read_balance"
	ReadStaff      Action = "payer.read_persons"
	AskSettlement  Action = "payer.settlement_ask"     // ask for a refund or an offset
	PrepareSettle  Action = "payer.settlement_prepare" // propose, match, refuse, record
	DecideSettle   Action = "payer.settlement_decide"  // as the second officer
	ListSettlement Action = "payer.settlement_list"    // debtors and suspended payments
	ReadSettlement Action = "payer.settlement_read"    // who decided what about its sums, and why
	ReadOrders     Action = "order.read"               // to correct a payer's reports
	PrepareOrder   Action = "order.prepare"            // propose one
	DecideOrder    Action = "order.decide"             // approve or decline one, answer an objection
	ObjectToOrder  Action = "order.object"
	ListOrders     Action = "order.list"
	ReadOrderText  Action = "person.read_order_text" // why the Fund corrected a report
	ExplainGap     Action = "payer.explain_mismatch"
	DeclareNil     Action = "payer.declare_nil"
	ReadOffices    Action = "office.read"
	ListReporting  Action = "office.list_reporting" // mismatches and missing reports
	ReadReporting  Action = "reporting.read"
	ReadLaw        Action = "law.read"
	PublishLaw     Action = "law.publish"
	DeclareOutage  Action = "law.declare_outage"
	ExtendDeadline Action = "law.extend_deadline"
	Calculate      Action = "law.calculate"
	ReadBenefits   Action = "benefit.read"
	ClaimBenefit   Action = "benefit.claim"
	PrepareBenefit Action = "benefit.prepare" // establish facts and calculate
	DecideBenefit  Action = "benefit.decide"
	ListCases      Action = "benefit.list"

	ProposeConfirmation Action = "person.propose_confirmation" // or to set one aside
	DecideConfirmation  Action = "person.decide_confirmation"

	PrepareRun Action = "indexation.prepare" // simulate a decree and prepare its run
	ApproveRun Action = "indexation.approve"
	// Decisions on accounts: merge, split, provisional accounts and their confirmation.
	OpenAccount       Action = "person.open_provisional"
	ProposeAccounts   Action = "person.propose_decision"
	DecideAccounts    Action = "person.decide"
	ReadDecisions     Action = "person.read_decisions"
	OpenDispute       Action = "dispute.open"
	AnswerForFund     Action = "dispute.answer_for_fund" // in the payer's place
	DecideDispute     Action = "dispute.decide"
	ReadDisputes      Action = "dispute.read"
	AnswerDispute     Action = "dispute.answer"
	ListPayerDisputes Action = "dispute.list_of_payer"
	ListDisputes      Action = "dispute.list_of_office"

	ReadLedger     Action = "ledger.read"
	ReadProjection Action = "projection.read"
)

// kindOf is the table of actions: an action that is not in it is denied to everybody.
func kindOf(a Action) (Kind, bool) {
	switch a {
	case SubmitFiling, CheckFiling, ReadFiling, ReadOriginal:
		return KindFiling, true
	case FindPersons, ReadPerson, ReadAccount, ReadBenefits, ClaimBenefit, PrepareBenefit,
		DecideBenefit, OpenAccount, ProposeAccounts, DecideAccounts, ReadDecisions, OpenDispute,
		AnswerForFund, DecideDispute, ReadDisputes, ProposeConfirmation, DecideConfirmation,
		ReadOrderText:
		return KindPerson, true
	case RegisterPayer, FindPayers, ReadPayer, ReadBalance, ReadStaff, AnswerDispute,
		ListPayerDisputes, AskSettlement, PrepareSettle, DecideSettle, ListSettlement,
		ReadSettlement, ReadOrders, PrepareOrder, DecideOrder, ObjectToOrder, ExplainGap, DeclareNil:
		return KindPayer, true
	case ReadOffices, ListCases, ListOrders, ListDisputes, ListReporting:
		return KindOffice, true
	case ReadReporting:
		return KindReporting, true
	case ReadLaw, PublishLaw, Calculate, PrepareRun, ApproveRun, DeclareOutage, ExtendDeadline:
		return KindLaw, true
	case ReadLedger:
		return KindLedger, true
	case ReadProjection:
		return KindProjection, true
	}
	return "", false
}

// Actions lists all actions.
func Actions() []Action {
	return []Action{SubmitFiling, CheckFiling, ReadFiling, ReadOriginal, FindPersons,
		ReadPerson, ReadAccount, RegisterPayer, FindPayers, ReadPayer, ReadBalance, ReadStaff,
		AskSettlement, PrepareSettle, DecideSettle, ListSettlement, ReadSettlement,
		ReadOrders, PrepareOrder, DecideOrder, ObjectToOrder, ListOrders, ReadOrderText,
		ReadOffices, ReadReporting, ReadLaw, PublishLaw, Calculate, ReadBenefits,
		ProposeConfirmation, DecideConfirmation,
		ClaimBenefit, PrepareBenefit, DecideBenefit, ListCases, PrepareRun, ApproveRun, ReadLedger,
		ReadProjection, OpenAccount, ProposeAccounts, DecideAccounts, ReadDecisions, OpenDispute,
		AnswerForFund, DecideDispute, ReadDisputes, AnswerDispute, ListPayerDisputes,
		ListDisputes, ExplainGap, DeclareNil, ListReporting, DeclareOutage, ExtendDeadline}
}

// only lists the roles that may do an action; nil leaves it to every role. Claims tell of
// health and families, so that not everybody who sees an account sees them, and who
// decides is a person of the Fund.
func only(a Action) []Role {
	switch a {
	case ReadBenefits:
		return []Role{Person, Officer, Regional, Central, PensionOfficer, Approver, Court, Auditor}
	case ClaimBenefit:
		return []Role{Person, Officer, Regional, Central, PensionOfficer}
	case PrepareBenefit, PrepareRun:
		return []Role{Officer, Regional, Central, PensionOfficer}
	case ProposeConfirmation:
		return []Role{Officer, Regional, Central}
	case DecideConfirmation:
		return []Role{Officer, Regional, Central, Approver}
	case DecideBenefit, ApproveRun:
		return []Role{Officer, Regional, Central, Approver}
	case AskSettlement:
		return []Role{Payer, Agent, Officer, Regional, Central}
	case PrepareSettle, PrepareOrder:
		return []Role{Officer, Regional, Central}
	case DecideSettle, DecideOrder:
		return []Role{Officer, Regional, Central, Approver}
	case ReadSettlement:
		return []Role{Payer, Agent, Officer, Regional, Central, Approver, Court, Auditor}
	case ObjectToOrder:
		return []Role{Payer, Agent}
	case ReadOrderText:
		return []Role{Payer, Agent, Person, Officer, Regional, Central, PensionOfficer, Approver,
			Court, Auditor}
	case ListSettlement, ListOrders:
		return []Role{Officer, Regional, Central, Approver, Auditor}
	case ListCases:
		return []Role{Officer, Regional, Central, PensionOfficer, Approver, Auditor}
	case ExplainGap, DeclareNil:
		return []Role{Payer, Agent, Officer, Regional, Central}
	case ListReporting:
		return []Role{Officer, Regional, Central, Approver, Auditor, Ministry}
	case DeclareOutage, ExtendDeadline:
		return []Role{Officer, Regional, Central, Approver}
	}
	return onlyOfAccounts(a)
}

// onlyOfAccounts is only for decisions on accounts and disputes: what a payer may do is
// done to the payer, and shows it nothing but its own reports.
func onlyOfAccounts(a Action) []Role {
	switch a {
	case OpenAccount, ProposeAccounts, AnswerForFund:
		return []Role{Officer, Regional, Central}
	case DecideAccounts, DecideDispute:
		return []Role{Officer, Regional, Central, Approver}
	case ReadDecisions, ReadDisputes:
		return []Role{Person, Officer, Regional, Central, PensionOfficer, Approver, Court, Auditor}
	case OpenDispute:
		return []Role{Person, Officer, Regional, Central, PensionOfficer}
	case AnswerDispute:
		return []Role{Payer, Agent}
	case ListPayerDisputes:
		return []Role{Payer, Agent, Officer, Regional, Central, Approver, Auditor}
	case ListDisputes:
		return []Role{Officer, Regional, Central, Approver, Auditor}
	}
	return nil
}

// Error is a denial. Its text has no personal data.
type Error struct {
	// Code is stable for programs.
	Code string
	// Message says what to do about it.
	Message string
	// Unnamed is true when the caller did not say who it is, as opposed to a caller who
	// may not do what it asked for.
	Unnamed bool
}

// Error gives the message.
func (e *Error) Error() string { return e.Message }

// subjectLengthMax bounds the subject, which is recorded with every event.
const subjectLengthMax = 200

// open tells whether an action asks for no name: the law's arithmetic is everybody's, and
// touches nobody's data.
func open(a Action) bool { return a == Calculate }

// Allow decides whether the caller may do the action to the object; nil means yes and
// everything else is an *Error. What is not listed is denied.
func Allow(c Caller, a Action, o Object) error {
	if c == (Caller{}) && open(a) && o.Kind == KindLaw {
		return nil
	}
	if err := Named(c); err != nil {
		return err
	}
	kind, known := kindOf(a)
	roles := only(a)
	if !known || kind != o.Kind || roles != nil && !slices.Contains(roles, Role(c.Role)) {
		return &Error{Code: "action_denied", Message: fmt.Sprintf(
			"role %s may not do %q to a %s", c.Role, a, o.Kind)}
	}
	return nil
}

// Named checks that the caller says who it is in a form that can be recorded; everything
// else is an *Error. Allow does so too: transports ask first, to refuse early.
func Named(c Caller) error {
	if strings.TrimSpace(c.Subject) == "" {
		return &Error{Code: "subject_missing", Unnamed: true,
			Message: "say who you are: name the subject, such as a login"}
	}
	if !utf8.ValidString(c.Subject) || utf8.RuneCountInString(c.Subject) > subjectLengthMax ||
		strings.ContainsFunc(c.Subject, unicode.IsControl) {
		return &Error{Code: "subject_invalid", Unnamed: true, Message: fmt.Sprintf(
			"the subject must be UTF-8 text of at most %d characters without control characters",
			subjectLengthMax)}
	}
	if c.Role == "" {
		return &Error{Code: "role_missing", Unnamed: true,
			Message: "name the role in which you act, one of: " + roleList()}
	}
	if !slices.Contains(Roles(), Role(c.Role)) {
		return &Error{Code: "role_unknown", Message: "the role is not known, use one of: " +
			roleList()}
	}
	if c.Office != "" && !officeCode(c.Office) {
		return &Error{Code: "office_invalid", Message: "the office of the caller must be " +
			"three digits, or be left out"}
	}
	return nil
}

func roleList() string {
	var b strings.Builder
	for i, r := range Roles() {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(string(r))
	}
	return b.String()
}

func officeCode(s string) bool {
	return len(s) == 3 && strings.Trim(s, "0123456789") == ""
}
