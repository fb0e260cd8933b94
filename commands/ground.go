package commands

import "strings"

// Fields that every officer's decision needs, as callers name them.
const (
	fieldGround = "ground" // act and article
	fieldReason = "reason"
	fieldText   = "text" // of what others say
)

// reasonMax bounds a reason, an objection or an answer, in bytes.
const reasonMax = 10_000

// grounded refuses an officer's decision without reason or legal ground: who reads it later
// has to find what it rests on. Blanks are neither.
func grounded(ground, reason string) error {
	if err := citesGround(ground); err != nil {
		return err
	}
	return said(fieldReason, reason)
}

// citesGround refuses a decision that names no act.
func citesGround(ground string) error {
	if strings.TrimSpace(ground) == "" {
		return missingField(fieldGround, "ground_missing",
			"name the act and article that it rests on")
	}
	return nil
}

// said refuses an empty text, and one without end.
func said(field, text string) error {
	if strings.TrimSpace(text) == "" {
		return missingField(field, "reason_missing", "say why, for who reads it later")
	}
	if len(text) > reasonMax {
		return refuse(Invalid, "text_too_long", "give at most %d bytes of text", reasonMax)
	}
	return nil
}

// missingField refuses a command that lacks a field.
func missingField(field, code, message string) *Error {
	return &Error{Kind: Invalid, Code: code, Field: field, Message: message}
}
