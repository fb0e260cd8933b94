package event

import (
	"maps"
	"testing"
)

// PublishForTest publishes types and upcasters until the test ends. The test must not be
// parallel: tests that are wait until it is over, so nobody else sees the types.
func PublishForTest(t *testing.T, makers []func() Payload, ups map[string]func(Payload) Payload) {
	t.Helper()
	types, before := maps.Clone(registry), maps.Clone(upcasters)
	t.Cleanup(func() { registry, upcasters = types, before })
	registry, upcasters = maps.Clone(registry), maps.Clone(upcasters)
	publish(Law, makers...)
	maps.Copy(upcasters, ups)
}
