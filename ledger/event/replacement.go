package event

import "github.com/stazh/stazh/ledger"

// Replacement says which version a document makes of what was reported, and which one it takes
// the place of.
type Replacement struct {
	Version    int    `json:"version"`
	Supersedes int    `json:"supersedes"`      // the version that was in force
	Cited      string `json:"cited,omitempty"` // its receipt, where the document gave it
	Receipt    string `json:"receipt"`         // of the filing
	DocNo      int    `json:"document"`
}

// Fields is the canonical form.
func (r *Replacement) Fields(c *ledger.Codec) {
	c.Int(&r.Version)
	c.Int(&r.Supersedes)
	c.String(&r.Cited)
	c.String(&r.Receipt)
	c.Int(&r.DocNo)
}
