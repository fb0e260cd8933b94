package control_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/commands/intake/control"
)

func TestNormalizeReceipt(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"X43J-8MS8-YCW5-3Y1M":  "X43J-8MS8-YCW5-3Y1M",
		"x43j8ms8ycw53ylm":     "X43J-8MS8-YCW5-3Y1M",
		" x43j 8ms8 ycw5 3yim": "X43J-8MS8-YCW5-3Y1M",
		"OS2M-4ZAH-M6FV-RX9D":  "0S2M-4ZAH-M6FV-RX9D",
		"short":                "short",
		"":                     "",
	} {
		require.Equal(t, want, control.NormalizeReceipt(in), in)
	}
}

func FuzzNormalizeReceipt(f *testing.F) {
	f.Add("x43j-8ms8-ycw5-3y1m")
	f.Fuzz(func(t *testing.T, text string) {
		once := control.NormalizeReceipt(text)
		require.Equal(t, once, control.NormalizeReceipt(once))
	})
}
