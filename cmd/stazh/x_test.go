package main
import ("testing";"github.com/rogpeppe/go-internal/testscript";"github.com/alecthomas/kong")
var _ = kong.Parse
func TestX(t *testing.T){ testscript.Run(t, testscript.Params{Dir:"testdata"}) }
