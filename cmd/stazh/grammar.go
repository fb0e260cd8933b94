package main

import (
	"io"
	"os/user"
	"runtime/debug"
	"strconv"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/stazh/stazh/commands"
	"github.com/stazh/stazh/fixtures/country"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/settlement"
)

// globals are the flags of every command. An environment variable gives the value where
// the command line does not; `stazh config explain` shows which one counted.
type globals struct {
	settings `embed:"" envprefix:"STAZH_" group:"config"`
	caller   `embed:"" envprefix:"STAZH_" group:"actor"`
	output   `embed:"" envprefix:"STAZH_" group:"output"`
}

// settings say where the ledger is.
type settings struct {
	Data        string `env:"DATA" default:"./stazh-data" placeholder:"DIR" help:"${data}"`
	DatabaseURL string `env:"DATABASE_URL" placeholder:"URL" help:"${database}"`
	EventStore  string `env:"EVENTSTORE_URL" name:"eventstore-url" help:"${eventstore}"`
	KeyFile     string `env:"KEY_FILE" placeholder:"FILE" help:"${key}"`
	Addr        string `env:"ADDR" default:"127.0.0.1:8080" placeholder:"HOST:PORT" help:"${addr}"`
}

// caller is the actor that is recorded in every event.
type caller struct {
	Subject string `env:"SUBJECT" help:"Who acts; the operating system's user by default."`
	Role    string `env:"ROLE" help:"In which role; payer for reports, officer otherwise."`
	Office  string `env:"OFFICE" placeholder:"CODE" help:"For which office, three digits."`
}

// output says how a command answers.
type output struct {
	JSON    bool             `name:"json" help:"Answer as JSON on standard output."`
	Quiet   bool             `short:"q" help:"No progress and no hints."`
	Verbose bool             `short:"v" help:"Tell on standard error what goes on inside."`
	Lang    string           `env:"LANG" enum:"ru,be,en" default:"en" help:"${lang}"`
	Version kong.VersionFlag `help:"Show the version and end."`
}

// helps are the help texts that do not fit beside their flag.
func helps() kong.Vars {
	return kong.Vars{
		"version":     "stazh " + version(),
		"persons":     strconv.Itoa(country.DemoPersons),
		"quarters":    strconv.Itoa(country.DemoQuarters),
		"data":        "Directory of the own database and the key.",
		"database":    "Postgres of your own; without it stazh runs one under --data.",
		"eventstore":  "EventStoreDB that keeps the ledger (esdb://...); Postgres otherwise.",
		"key":         "The installation's key; installation.key in --data by default.",
		"addr":        "Where the server listens: loopback only.",
		"lang":        "Language of findings: ru, be or en.",
		"check":       "Check a report file against the live ledger; leaves no trace.",
		"replay":      "Fold the whole ledger anew and compare every row with the read models.",
		"rebuild":     "Build a read model anew beside the live one, then switch.",
		"demo":        "Serve, and load a demonstration country into an empty ledger.",
		"simulate":    "Write report files of a made-up country, without a ledger.",
		"publish":     "Publish dated numbers of the law from a JSON file.",
		"show_law":    "Show the numbers of the law that are in force on a day.",
		"calc":        "Answer a question by a rule of the law: JSON in, JSON out.",
		"calc_batch":  "Answer lines {\"rule\",\"input\"} of standard input, one line each, in order.",
		"calc_on":     "Law of this day, for rules that ask for no day; the latest by default.",
		"case_states": ",claimed,calculated,awarded,refused,withdrawn,terminated",
		"work":        "What is to be done next: any, calculate, decide or review.",
		"state":       "claimed, calculated, awarded, refused, withdrawn or terminated.",
		"scope":       "Level of the rows: country, region or office.",
		"turn":        "Only whose turn it is: payer, correction or fund.",
		"figures":     "One of: " + strings.Join(settlement.Figures(), ", ") + ".",
		"instalments": "Last day and sum, once for each instalment; together the arrears.",
		"match_parts": "Payer and sum, once for each part; together the payment.",
		"kinds":       "One of: " + strings.Join(commands.PayerKinds, ", ") + ".",
		"mismatches": "earnings, benefits, allowances, contributions, payments, occupational or " +
			"occupational_payments.",
		"nil_reasons": "One of: " + strings.Join(commands.NilReasons, ", ") + ".",
		"doctor":      "Look for faults of this installation and say what to do.",
		"copy":        "Copy the whole ledger to another log, and compare both.",
		"copy_from":   "postgres://..., esdb://... or a data directory of stazh.",
		"copy_to":     "Likewise; empty, or what an earlier copy of the same ledger began.",
		"seal":        "Pack full partitions of the ledger, to a third of their size.",
		"preview":     "Tell what a report would change, before it is filed.",
		"submit":      "File a report; the receipt comes before any check.",
		"findings":    "List what the control rules found in a filing.",
	}
}

// grammar is the command line.
type grammar struct {
	globals

	Serve serveCommand `cmd:"" help:"Serve the REST interface and the live pages."`
	Demo  demoCommand  `cmd:"" help:"${demo}"`

	Report struct {
		Check    reportCheck    `cmd:"" help:"${check}"`
		Preview  reportPreview  `cmd:"" help:"${preview}"`
		Submit   reportSubmit   `cmd:"" help:"${submit}"`
		Restore  reportRestore  `cmd:"" help:"Bring a former version of a report back."`
		Status   reportStatus   `cmd:"" help:"Show what became of a filing."`
		Findings reportFindings `cmd:"" help:"${findings}"`
	} `cmd:"" help:"File reports and ask about them."`
	Correction struct {
		Mass    correctionMass    `cmd:"" help:"Change all reports of a payer for a time."`
		Propose correctionPropose `cmd:"" help:"Order a correction without the payer."`
		Approve correctionApprove `cmd:"" help:"Have an order carried out, as another officer."`
		Decline correctionDecline `cmd:"" help:"End an order that is not carried out."`
		Object  correctionObject  `cmd:"" help:"Object to an order, as the payer."`
		Answer  correctionReply   `cmd:"" help:"Answer the payer's objection."`
		List    correctionList    `cmd:"" help:"List orders that wait, or those on a payer."`
	} `cmd:"" help:"Corrections that are made from what is recorded."`
	Payment struct {
		Import paymentImport `cmd:"" help:"File a list of contribution payments."`
	} `cmd:"" help:"Take in payments."`
	Payer struct {
		Register    payerRegister    `cmd:"" help:"Open a payer's account."`
		Show        payerShow        `cmd:"" help:"Show a payer's balance by month."`
		Explain     payerExplain     `cmd:"" help:"Show how a figure of a balance comes about."`
		Debts       payerDebts       `cmd:"" help:"List payers in arrears, or with overpayments."`
		Offset      payerOffset      `cmd:"" help:"Move an overpayment to another fund."`
		Expense     expenseRefuse    `cmd:"" help:"Refuse benefits that a payer claims for a quarter."`
		Waive       waiverPropose    `cmd:"" help:"Propose that no penalty is charged for days."`
		Approve     proposalApprove  `cmd:"" help:"Approve a refund, a deferment or a waiver."`
		Decline     proposalDecline  `cmd:"" help:"Decline a refund, a deferment or a waiver."`
		Decisions   payerDecisions   `cmd:"" help:"List refunds, deferments and waivers with who decided and why."`
		Reconcile   payerReconcile   `cmd:"" help:"Show what differs between reports, accounts and payments."`
		Justify     payerJustify     `cmd:"" help:"Give the reason for a difference."`
		Note        payerNote        `cmd:"" help:"Show the explanatory note ПЗ-3 of a year."`
		Reports     payerReports     `cmd:"" help:"List a payer's 4-фонд with all versions."`
		Obligations payerObligations `cmd:"" help:"List what a payer has to file, and has filed."`
		Unreported  payerUnreported  `cmd:"" help:"List employees without ПУ-3 for a quarter."`
		Nil         payerNil         `cmd:"" help:"Declare that there is nothing to report."`
		List        payerList        `cmd:"" help:"Find payers by name or UNP."`
	} `cmd:"" help:"Payers and their balances."`
	Refund struct {
		Request  refundRequest  `cmd:"" help:"Ask for an overpayment back."`
		Propose  refundPropose  `cmd:"" help:"Lay a refund before another officer."`
		Paid     refundPaid     `cmd:"" help:"Record that an approved refund was paid."`
		Returned refundReturned `cmd:"" help:"Record that the bank sent a refund back."`
	} `cmd:"" help:"Refunds of overpayments."`
	Deferment struct {
		Propose defermentPropose `cmd:"" help:"Lay a deferment before another officer."`
		Revoke  defermentRevoke  `cmd:"" help:"End a deferment."`
	} `cmd:"" help:"Arrears paid by instalments."`
	Suspense struct {
		List  suspenseList  `cmd:"" help:"List payments whose payer is not known."`
		Match suspenseMatch `cmd:"" help:"Give a suspended payment to its payers."`
	} `cmd:"" help:"Payments without a payer."`
	Desk struct {
		Obligations officeObligations `cmd:"" help:"Show who has not filed for a quarter."`
		Mismatches  officeMismatches  `cmd:"" help:"List what differs for payers."`
	} `cmd:"" name:"office" help:"Work lists of an office."`
	Outage struct {
		Declare outageDeclare `cmd:"" help:"Propose to move due dates for an outage."`
		Extend  outageExtend  `cmd:"" help:"Move them, as another officer."`
		List    outageList    `cmd:"" help:"List outages."`
	} `cmd:"" help:"Outages, and deadlines extended for them."`
	Person struct {
		Show         personShow         `cmd:"" help:"Show an insured person's account and coverage."`
		Find         personFind         `cmd:"" help:"Find insured persons by name."`
		Merge        personMerge        `cmd:"" help:"Propose to join two accounts of one person."`
		Split        personSplit        `cmd:"" help:"Propose to take joined accounts apart."`
		Owed         personOwed         `cmd:"" help:"List the ПУ-3 that employers owe on a person."`
		Provisional  personProvisional  `cmd:"" help:"Open an account before it is confirmed."`
		Confirm      personConfirm      `cmd:"" help:"Propose to confirm a provisional account."`
		Approve      personApprove      `cmd:"" help:"Carry a proposal out, as another officer."`
		Return       personReturn       `cmd:"" help:"Refuse a proposal."`
		Decisions    personDecisions    `cmd:"" help:"List decisions on a person's accounts."`
		Versions     personVersions     `cmd:"" help:"List all versions of a person's reports."`
		History      personHistory      `cmd:"" help:"Show the verified events of an account."`
		Occupational personOccupational `cmd:"" help:"Show the occupational part of an account."`
	} `cmd:"" help:"Insured persons and their accounts."`
	Dispute struct {
		Open     disputeOpen     `cmd:"" help:"Hold a line of an account to be wrong."`
		Answer   disputeAnswer   `cmd:"" help:"Accept or deny it, as the payer or in its place."`
		Decide   disputeDecide   `cmd:"" help:"Decide it, as another officer."`
		Withdraw disputeWithdraw `cmd:"" help:"Take it back."`
		List     disputeList     `cmd:"" help:"List disputes by due day."`
	} `cmd:"" help:"Disputes over lines of accounts."`
	Pension struct {
		Kinds     pensionKinds     `cmd:"" help:"List what may be claimed, and what a claim says."`
		Claim     pensionClaim     `cmd:"" help:"Claim a pension or another benefit."`
		Evidence  pensionEvidence  `cmd:"" help:"Add a document to a case."`
		Calculate pensionCalculate `cmd:"" help:"Lay a calculation before a second officer."`
		Approve   pensionApprove   `cmd:"" help:"Decide as the calculation found."`
		Return    pensionReturn    `cmd:"" help:"Send a calculation back to its author."`
		Withdraw  pensionWithdraw  `cmd:"" help:"End a claim before it is decided."`
		Terminate pensionTerminate `cmd:"" help:"End what is paid."`
		List      pensionList      `cmd:"" help:"List the cases of an office."`
		Show      pensionShow      `cmd:"" help:"Show a person's cases and what is paid."`
		Explain   pensionExplain   `cmd:"" help:"Show a calculation down to the reports and acts."`
		Try       pensionTry       `cmd:"" help:"Calculate without recording, also as of the past."`
		Forecast  pensionForecast  `cmd:"" help:"Look ahead, on assumptions."`
		Totals    pensionTotals    `cmd:"" help:"Count benefits in force."`
	} `cmd:"" help:"Pensions and other benefits."`
	Period struct {
		Record periodRecord `cmd:"" help:"Record a time that counts and that no payer reports."`
		Cancel periodCancel `cmd:"" help:"Take a special period out again."`
		List   periodList   `cmd:"" help:"List a person's special periods."`
	} `cmd:"" help:"Special periods of an account."`
	Confirmation struct {
		Propose  confirmationPropose  `cmd:"" help:"Propose to confirm months of an account."`
		SetAside confirmationSetAside `cmd:"" help:"Propose to set a confirmation aside."`
		Approve  confirmationApprove  `cmd:"" help:"Carry out what another officer proposed."`
		Return   confirmationReturn   `cmd:"" help:"Refuse what another officer proposed."`
		List     confirmationList     `cmd:"" help:"List the confirmed months of an account."`
	} `cmd:"" help:"Months of accounts that were checked and do not change by themselves."`
	Law struct {
		Publish lawPublish `cmd:"" help:"${publish}"`
		Show    lawShow    `cmd:"" help:"${show_law}"`
	} `cmd:"" help:"The law's numbers."`
	Calc  calcCommand `cmd:"" help:"${calc}"`
	Index struct {
		Publish  indexPublish  `cmd:"" help:"Publish a decree that raises benefits."`
		Simulate indexSimulate `cmd:"" help:"Compute what a decree would change."`
		Prepare  indexPrepare  `cmd:"" help:"Lay a run before the second officer."`
		Approve  indexApprove  `cmd:"" help:"Have a run carried out, as another officer."`
		Status   indexStatus   `cmd:"" help:"Show a decree with what its runs changed."`
		List     indexList     `cmd:"" help:"List the decrees."`
	} `cmd:"" help:"Raise benefits in force by decrees."`
	Occupational struct {
		Yield   occupationalYield   `cmd:"" help:"Lay a year's yield before the second officer."`
		Approve occupationalApprove `cmd:"" help:"Have a yield credited, as another officer."`
		List    occupationalList    `cmd:"" help:"List the creditings of yearly yields."`
	} `cmd:"" help:"Occupational pension insurance: yearly yields."`
	Events struct {
		Tail eventsTail `cmd:"" help:"Show events of the ledger, and wait for new ones."`
	} `cmd:"" help:"The ledger itself."`
	Ledger struct {
		Seal ledgerSeal `cmd:"" help:"${seal}"`
	} `cmd:"" help:"How the ledger is stored."`
	Log struct {
		Copy logCopy `cmd:"" help:"${copy}"`
	} `cmd:"" help:"The log that keeps the ledger."`
	Projection struct {
		List    projectionList    `cmd:"" help:"Show how far every read model has come."`
		Rebuild projectionRebuild `cmd:"" help:"${rebuild}"`
	} `cmd:"" help:"Read models."`
	Replay replayCommand `cmd:"" help:"${replay}"`
	Config struct {
		Explain configExplain `cmd:"" help:"Show every setting and where its value comes from."`
	} `cmd:"" help:"Settings."`
	Doctor     doctorCommand     `cmd:"" help:"${doctor}"`
	Simulate   simulateCommand   `cmd:"" help:"${simulate}"`
	Version    versionCommand    `cmd:"" name:"version" help:"Show the version of the program."`
	Completion completionCommand `cmd:"" help:"Print the completion script for a shell."`
}

const description = `Event-sourced ledger of insured persons and contributions.

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 rejected by the control rules,
4 in conflict with what is recorded, 5 not available now.`

func newParser(cli *grammar, out, talk io.Writer) (*kong.Kong, error) {
	return kong.New(cli, kong.Name("stazh"), kong.Description(description),
		kong.Writers(out, talk), kong.ConfigureHelp(kong.HelpOptions{
			Compact: true, NoExpandSubcommands: true, FlagsLast: true, WrapUpperBound: 100}),
		helps(), identifiers(),
		kong.ExplicitGroups([]kong.Group{
			{Key: "config", Title: "Settings:"},
			{Key: "actor", Title: "Who acts (recorded in every event):"},
			{Key: "output", Title: "Output:"},
		}))
}

// built names the source; the Makefile has the linker set it, as the go command's own
// record of it fails where the clone belongs to another user.
var built string

// version is what the build recorded of its source.
func version() string {
	if built != "" {
		return built
	}
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "(devel)"
	}
	return info.Main.Version
}

// actor is who the commands are given by; role holds where none was named.
func (g *caller) actor(role string) ledger.Actor {
	actor := ledger.Actor{Subject: g.Subject, Role: g.Role, Office: g.Office}
	if actor.Role == "" {
		actor.Role = role
	}
	if actor.Subject == "" {
		actor.Subject = systemUser()
	}
	return actor
}

// systemUser is the name that the operating system knows the caller by.
func systemUser() string {
	u, err := user.Current()
	if err != nil {
		return "unknown"
	}
	return u.Username
}

// Roles that commands are given in where none is named.
const (
	rolePayer   = "payer"
	roleOfficer = "officer"
)
