package commands_test

import (
	"testing"

	"github.com/stazh/stazh/fixtures/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }
