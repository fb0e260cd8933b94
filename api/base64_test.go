package api

import (
	"encoding/base64"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestAppendBase64(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		before := rapid.SliceOfN(rapid.Byte(), 0, 20).Draw(t, "before")
		data := rapid.SliceOfN(rapid.Byte(), 0, 70).Draw(t, "data")
		want := string(before) + base64.StdEncoding.EncodeToString(data)
		require.Equal(t, want, string(appendBase64(before, data)))
	})
}

func BenchmarkAppendBase64(b *testing.B) {
	data := make([]byte, 336)
	for i := range data {
		data[i] = byte(i * 37)
	}
	room := make([]byte, 0, 1024)
	b.Run("ours", func(b *testing.B) {
		for b.Loop() {
			appendBase64(room, data)
		}
	})
	b.Run("standard", func(b *testing.B) {
		for b.Loop() {
			base64.StdEncoding.AppendEncode(room, data)
		}
	})
}
