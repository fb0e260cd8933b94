package node

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/stazh/stazh/ledger/seal"
)

// keyFile holds the installation's master key in hexadecimal, readable by its owner
// only. Without it no personal data can be read and no person found: back it up apart
// from the database.
const keyFile = "installation.key"

// ErrKeyMissing: the database holds persons but the key file is gone. A new key would
// make every pseudonym a different one, so none is made.
var ErrKeyMissing = errors.New("the installation's key file is missing, although the " +
	"ledger holds events: put the file back from its backup")

// masterKey reads the installation's key, or makes it for an empty ledger.
func masterKey(path string, empty bool) ([]byte, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		if !empty {
			return nil, fmt.Errorf("%w: %s", ErrKeyMissing, path)
		}
		return makeMasterKey(path)
	}
	if err != nil {
		return nil, fmt.Errorf("read the installation's key: %w", err)
	}
	key, err := hex.DecodeString(strings.TrimSpace(string(text)))
	if err != nil || len(key) != seal.KeySize {
		return nil, fmt.Errorf("%s is not a key of %d hexadecimal digits: put the file back "+
			"from its backup", path, 2*seal.KeySize)
	}
	return key, nil
}

// makeMasterKey writes the file whole or not at all: it must never be found half
// written, and never be replaced once an event was sealed under it.
func makeMasterKey(path string) ([]byte, error) {
	key := seal.NewMaster()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, fmt.Errorf("make the installation's key: %w", err)
	}
	temp, err := os.CreateTemp(filepath.Dir(path), ".key-*")
	if err != nil {
		return nil, fmt.Errorf("make the installation's key: %w", err)
	}
	defer os.Remove(temp.Name()) //nolint:errcheck // gone after the link below
	_, err = temp.WriteString(hex.EncodeToString(key) + "\n")
	err = errors.Join(err, temp.Sync(), temp.Close())
	if err != nil {
		return nil, fmt.Errorf("make the installation's key: %w", err)
	}
	// A link fails where the file exists: of two first starts at once, one key wins.
	if err := os.Link(temp.Name(), path); err != nil {
		if errors.Is(err, fs.ErrExist) {
			return masterKey(path, false)
		}
		return nil, fmt.Errorf("make the installation's key: %w", err)
	}
	return key, nil
}
