package auth_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/api/auth"
)

// kinds is the table of what each action is done to, written a second time.
var kinds = map[auth.Action]auth.Kind{
	auth.SubmitFiling:        auth.KindFiling,
	auth.CheckFiling:         auth.KindFiling,
	auth.ReadFiling:          auth.KindFiling,
	auth.ReadOriginal:        auth.KindFiling,
	auth.FindPersons:         auth.KindPerson,
	auth.ReadPerson:          auth.KindPerson,
	auth.ReadAccount:         auth.KindPerson,
	auth.RegisterPayer:       auth.KindPayer,
	auth.FindPayers:          auth.KindPayer,
	auth.ReadPayer:           auth.KindPayer,
	auth.ReadBalance:         auth.KindPayer,
	auth.ReadStaff:           auth.KindPayer,
	auth.AskSettlement:       auth.KindPayer,
	auth.PrepareSettle:       auth.KindPayer,
	auth.DecideSettle:        auth.KindPayer,
	auth.ListSettlement:      auth.KindPayer,
	auth.ReadSettlement:      auth.KindPayer,
	auth.ReadOffices:         auth.KindOffice,
	auth.ReadReporting:       auth.KindReporting,
	auth.ReadLaw:             auth.KindLaw,
	auth.PublishLaw:          auth.KindLaw,
	auth.Calculate:           auth.KindLaw,
	auth.PrepareRun:          auth.KindLaw,
	auth.ApproveRun:          auth.KindLaw,
	auth.ReadBenefits:        auth.KindPerson,
	auth.ClaimBenefit:        auth.KindPerson,
	auth.PrepareBenefit:      auth.KindPerson,
	auth.DecideBenefit:       auth.KindPerson,
	auth.ListCases:           auth.KindOffice,
	auth.ProposeConfirmation: auth.KindPerson, auth.DecideConfirmation: auth.KindPerson,
	auth.OpenAccount: auth.KindPerson, auth.ProposeAccounts: auth.KindPerson,
	auth.DecideAccounts: auth.KindPerson, auth.ReadDecisions: auth.KindPerson,
	auth.OpenDispute: auth.KindPerson, auth.AnswerForFund: auth.KindPerson,
	auth.DecideDispute: auth.KindPerson, auth.ReadDisputes: auth.KindPerson,
	auth.AnswerDispute: auth.KindPayer, auth.ListPayerDisputes: auth.KindPayer,
	auth.ListDisputes: auth.KindOffice,
	auth.ReadOrders:   auth.KindPayer, auth.PrepareOrder: auth.KindPayer,
	auth.DecideOrder: auth.KindPayer, auth.ObjectToOrder: auth.KindPayer,
	auth.ListOrders: auth.KindOffice, auth.ReadOrderText: auth.KindPerson,

	auth.ReadLedger:     auth.KindLedger,
	auth.ReadProjection: auth.KindProjection,
	auth.ExplainGap:     auth.KindPayer,
	auth.DeclareNil:     auth.KindPayer,
	auth.ListReporting:  auth.KindOffice,
	auth.DeclareOutage:  auth.KindLaw,
	auth.ExtendDeadline: auth.KindLaw,
}

// denied lists the roles that may not do an action, written a second time: none for an
// action that is not in it.
var denied = map[auth.Action][]auth.Role{
	auth.ReadBenefits: {auth.Payer, auth.Agent, auth.Ministry, auth.Authority, auth.Bank,
		auth.Legislation, auth.Security, auth.Operator, auth.System},
	auth.ClaimBenefit: {auth.Payer, auth.Agent, auth.Ministry, auth.Authority, auth.Bank,
		auth.Legislation, auth.Security, auth.Operator, auth.System, auth.Approver, auth.Court,
		auth.Auditor},
	auth.PrepareBenefit: {auth.Payer, auth.Agent, auth.Ministry, auth.Authority, auth.Bank,
		auth.Legislation, auth.Security, auth.Operator, auth.System, auth.Approver, auth.Court,
		auth.Auditor, auth.Person},
	auth.DecideBenefit: {auth.Payer, auth.Agent, auth.Ministry, auth.Authority, auth.Bank,
		auth.Legislation, auth.Security, auth.Operator, auth.System, auth.PensionOfficer,
		auth.Court, auth.Auditor, auth.Person},
	auth.PrepareRun: {auth.Payer, auth.Agent, auth.Ministry, auth.Authority, auth.Bank,
		auth.Legislation, auth.Security, auth.Operator, auth.System, auth.Approver, auth.Court,
		auth.Auditor, auth.Person},
	auth.ApproveRun: {auth.Payer, auth.Agent, auth.Ministry, auth.Authority, auth.Bank,
		auth.Legislation, auth.Security, auth.Operator, auth.System, auth.PensionOfficer,
		auth.Court, auth.Auditor, auth.Person},
	auth.AskSettlement: {auth.Person, auth.PensionOfficer, auth.Approver, auth.Court,
		auth.Auditor, auth.Ministry, auth.Authority, auth.Bank, auth.Legislation, auth.Security,
		auth.Operator, auth.System},
	auth.PrepareSettle: {auth.Payer, auth.Agent, auth.Person, auth.PensionOfficer,
		auth.Approver, auth.Court, auth.Auditor, auth.Ministry, auth.Authority, auth.Bank,
		auth.Legislation, auth.Security, auth.Operator, auth.System},
	auth.DecideSettle: {auth.Payer, auth.Agent, auth.Person, auth.PensionOfficer, auth.Court,
		auth.Auditor, auth.Ministry, auth.Authority, auth.Bank, auth.Legislation, auth.Security,
		auth.Operator, auth.System},
	auth.ListSettlement: {auth.Payer, auth.Agent, auth.Person, auth.PensionOfficer, auth.Court,
		auth.Ministry, auth.Authority, auth.Bank, auth.Legislation, auth.Security,
		auth.Operator, auth.System},
	auth.ExplainGap: {auth.Person, auth.PensionOfficer, auth.Approver, auth.Court, auth.Auditor,
		auth.Ministry, auth.Authority, auth.Bank, auth.Legislation, auth.Security, auth.Operator,
		auth.System},
	auth.DeclareNil: {auth.Person, auth.PensionOfficer, auth.Approver, auth.Court, auth.Auditor,
		auth.Ministry, auth.Authority, auth.Bank, auth.Legislation, auth.Security, auth.Operator,
		auth.System},
	auth.ListReporting: {auth.Payer, auth.Agent, auth.Person, auth.PensionOfficer, auth.Court,
		auth.Authority, auth.Bank, auth.Legislation, auth.Security, auth.Operator, auth.System},
	auth.DeclareOutage: {auth.Payer, auth.Agent, auth.Person, auth.PensionOfficer, auth.Court,
		auth.Auditor, auth.Ministry, auth.Authority, auth.Bank, auth.Legislation, auth.Security,
		auth.Operator, auth.System},
	auth.ExtendDeadline: {auth.Payer, auth.Agent, auth.Person, auth.PensionOfficer, auth.Court,
		auth.Auditor, auth.Ministry, auth.Authority, auth.Bank, auth.Legislation, auth.Security,
		auth.Operator, auth.System},
	auth.ListCases: {auth.Payer, auth.Agent, auth.Ministry, auth.Authority, auth.Bank,
		auth.Legislation, auth.Security, auth.Operator, auth.System, auth.Court, auth.Person},
	auth.ProposeConfirmation: outsideOf(auth.Officer, auth.Regional, auth.Central),
	auth.DecideConfirmation:  outsideOf(auth.Officer, auth.Regional, auth.Central, auth.Approver),
	auth.OpenAccount:         outsideOf(auth.Officer, auth.Regional, auth.Central),
	auth.ProposeAccounts:     outsideOf(auth.Officer, auth.Regional, auth.Central),
	auth.AnswerForFund:       outsideOf(auth.Officer, auth.Regional, auth.Central),
	auth.DecideAccounts:      outsideOf(auth.Officer, auth.Regional, auth.Central, auth.Approver),
	auth.DecideDispute:       outsideOf(auth.Officer, auth.Regional, auth.Central, auth.Approver),
	auth.ReadDecisions: {auth.Payer, auth.Agent, auth.Ministry, auth.Authority, auth.Bank,
		auth.Legislation, auth.Security, auth.Operator, auth.System},
	auth.ReadDisputes: {auth.Payer, auth.Agent, auth.Ministry, auth.Authority, auth.Bank,
		auth.Legislation, auth.Security, auth.Operator, auth.System},
	auth.OpenDispute: outsideOf(auth.Person, auth.Officer, auth.Regional, auth.Central,
		auth.PensionOfficer),
	auth.AnswerDispute: outsideOf(auth.Payer, auth.Agent),
	auth.PrepareOrder:  outsideOf(auth.Officer, auth.Regional, auth.Central),
	auth.DecideOrder:   outsideOf(auth.Officer, auth.Regional, auth.Central, auth.Approver),
	auth.ReadSettlement: outsideOf(auth.Payer, auth.Agent, auth.Officer, auth.Regional,
		auth.Central, auth.Approver, auth.Court, auth.Auditor),
	auth.ObjectToOrder: outsideOf(auth.Payer, auth.Agent),
	auth.ReadOrderText: {auth.Ministry, auth.Authority, auth.Bank, auth.Legislation,
		auth.Security, auth.Operator, auth.System},
	auth.ListOrders: outsideOf(auth.Officer, auth.Regional, auth.Central, auth.Approver,
		auth.Auditor),
	auth.ListPayerDisputes: outsideOf(auth.Payer, auth.Agent, auth.Officer, auth.Regional,
		auth.Central, auth.Approver, auth.Auditor),
	auth.ListDisputes: outsideOf(auth.Officer, auth.Regional, auth.Central, auth.Approver,
		auth.Auditor),
}

// outsideOf gives all roles but those named.
func outsideOf(named ...auth.Role) []auth.Role {
	return slices.DeleteFunc(auth.Roles(),
		func(r auth.Role) bool { return slices.Contains(named, r) })
}

func TestMatrix(t *testing.T) {
	t.Parallel()
	all := []auth.Kind{auth.KindFiling, auth.KindPerson, auth.KindPayer, auth.KindOffice,
		auth.KindReporting, auth.KindLaw, auth.KindLedger, auth.KindProjection, "", "other"}
	require.Len(t, auth.Actions(), len(kinds))
	require.Len(t, auth.Roles(), 17)
	for _, role := range auth.Roles() {
		caller := auth.Caller{Subject: "someone", Role: string(role)}
		for _, action := range auth.Actions() {
			require.Contains(t, kinds, action)
			for _, kind := range all {
				err := auth.Allow(caller, action, auth.Object{Kind: kind})
				if kind == kinds[action] && !slices.Contains(denied[action], role) {
					require.NoErrorf(t, err, "%s %s", role, action)
					continue
				}
				requireDenied(t, err, "action_denied", false)
			}
		}
		requireDenied(t, auth.Allow(caller, "filing.delete", auth.Object{Kind: auth.KindFiling}),
			"action_denied", false)
	}
}

func TestOnlyCalculationsAskForNoName(t *testing.T) {
	t.Parallel()
	for _, action := range auth.Actions() {
		err := auth.Allow(auth.Caller{}, action, auth.Object{Kind: kinds[action]})
		if action == auth.Calculate {
			require.NoError(t, err)
			continue
		}
		requireDenied(t, err, "subject_missing", true)
	}
	requireDenied(t, auth.Allow(auth.Caller{}, auth.Calculate,
		auth.Object{Kind: auth.KindLedger}), "subject_missing", true)
	requireDenied(t, auth.Allow(auth.Caller{Role: "court"}, auth.Calculate,
		auth.Object{Kind: auth.KindLaw}), "subject_missing", true)
}

func TestCallers(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		caller  auth.Caller
		code    string
		unnamed bool
	}{
		"good":             {auth.Caller{Subject: "бухгалтер-1", Role: "payer"}, "", false},
		"with office":      {auth.Caller{Subject: "a", Role: "officer", Office: "601"}, "", false},
		"nobody":           {auth.Caller{}, "subject_missing", true},
		"blank":            {auth.Caller{Subject: "  ", Role: "payer"}, "subject_missing", true},
		"no role":          {auth.Caller{Subject: "a"}, "role_missing", true},
		"unknown role":     {auth.Caller{Subject: "a", Role: "root"}, "role_unknown", false},
		"role in capitals": {auth.Caller{Subject: "a", Role: "Payer"}, "role_unknown", false},
		"bad bytes":        {auth.Caller{Subject: "\xff", Role: "payer"}, "subject_invalid", true},
		"control":          {auth.Caller{Subject: "a\nb", Role: "payer"}, "subject_invalid", true},
		"long": {auth.Caller{Subject: strings.Repeat("я", 201), Role: "payer"},
			"subject_invalid", true},
		"bad office": {auth.Caller{Subject: "a", Role: "officer", Office: "6O1"},
			"office_invalid", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := auth.Allow(tc.caller, auth.ReadLaw, auth.Object{Kind: auth.KindLaw})
			if tc.code == "" {
				require.NoError(t, err)
				return
			}
			requireDenied(t, err, tc.code, tc.unnamed)
			if len(tc.caller.Subject) > 4 {
				require.NotContains(t, err.Error(), tc.caller.Subject)
			}
		})
	}
}

func requireDenied(t *testing.T, err error, code string, unnamed bool) {
	t.Helper()
	var denied *auth.Error
	require.ErrorAs(t, err, &denied)
	require.Equal(t, code, denied.Code)
	require.Equal(t, unnamed, denied.Unnamed)
	require.NotEmpty(t, denied.Message)
}

func TestCheckLoopback(t *testing.T) {
	t.Parallel()
	for _, addr := range []string{"127.0.0.1:8080", "127.9.9.9:1", "[::1]:8080",
		"localhost:8080", "[::ffff:127.0.0.1]:80", "127.0.0.1:0"} {
		require.NoError(t, auth.CheckLoopback(addr), addr)
	}
	for _, addr := range []string{":8080", "0.0.0.0:8080", "[::]:8080", "192.168.1.2:80",
		"10.0.0.1:80", "example.org:80", "127.0.0.1", "localhost.example:80", "[fe80::1]:80",
		"127.1:80", "", "localhost:18083x", "127.0.0.1:65536", "127.0.0.1:", "[::1]:-1"} {
		err := auth.CheckLoopback(addr)
		require.Error(t, err, addr)
		require.Contains(t, err.Error(), "127.0.0.1", addr)
	}
}
