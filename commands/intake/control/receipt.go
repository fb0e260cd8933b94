package control

import "strings"

// receiptLength is the number of characters of a receipt number without hyphens.
const receiptLength = 16

// NormalizeReceipt brings a receipt number as people type it to its one form: capital
// letters in groups of four, 0 for O and 1 for I and L, which the alphabet leaves out.
func NormalizeReceipt(text string) string {
	body := strings.Map(func(r rune) rune {
		switch r {
		case ' ', '-':
			return -1
		case 'O':
			return '0'
		case 'I', 'L':
			return '1'
		}
		return r
	}, strings.ToUpper(text))
	if len(body) != receiptLength {
		return text
	}
	return body[:4] + "-" + body[4:8] + "-" + body[8:12] + "-" + body[12:]
}
