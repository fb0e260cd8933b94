//go:build !race

package commands_test

// raced tells that the race detector watches, which makes everything ten times as slow.
const raced = false
