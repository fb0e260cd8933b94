package commands

import (
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/seal"
)

// openPersonal reads personal data from their box.
func openPersonal(k *seal.PersonKey, box seal.Sealed) (event.PersonalData, error) {
	var data event.PersonalData
	plain, err := k.Open(box)
	if err != nil {
		return data, err
	}
	c := ledger.NewDecoder(plain)
	data.Fields(c)
	return data, c.Finish()
}

// sealPersonal closes personal data into a box for the event of the given id.
func sealPersonal(k *seal.PersonKey, use ledger.PersonID, data event.PersonalData) seal.Sealed {
	c := ledger.NewEncoder(nil)
	data.Fields(c)
	return k.Seal(use, c.Encoded())
}
