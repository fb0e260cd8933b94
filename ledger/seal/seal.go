// Package seal keeps personal data out of the clear part of the ledger: pseudonyms of
// insured persons, one data key per person, sealed boxes with a salted commitment, and
// encrypted archive chunks. It stores nothing itself; a Vault keeps the wrapped keys.
//
// Destroying a person's key makes the boxes unreadable for ever, while every hash over
// the ledger still verifies: what is hashed is the commitment and the ciphertext.
package seal

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"hash"
	"sync"

	"github.com/google/uuid"

	"github.com/stazh/stazh/ledger"
)

// KeySize is the size of every secret key in bytes (AES-256, HMAC-SHA-256).
const KeySize = 32

const saltSize = 16

// Errors of opening.
var (
	// ErrBroken: a box or chunk was changed or was sealed under another key.
	ErrBroken = errors.New("sealed box does not open: changed, or another key")
)

// Sealed is encrypted data with a commitment to the plaintext: SHA-256(salt ‖ plaintext),
// whose salt is inside the box. A court that is shown salt and plaintext can check them
// against the hashed event without the key.
type Sealed struct {
	Commitment ledger.Hash `json:"commitment"`
	Box        []byte      `json:"box"`
}

// Fields is the canonical form.
func (s *Sealed) Fields(c *ledger.Codec) {
	c.Hash(&s.Commitment)
	c.Bytes(&s.Box)
}

// Matches tells whether the commitment is that of the salt and the plaintext.
func (s *Sealed) Matches(salt, plaintext []byte) bool {
	if len(salt) != saltSize {
		return false // another place of the border would commit to the same bytes
	}
	h := sha256.New()
	h.Write(salt)
	h.Write(plaintext)
	return subtle.ConstantTimeCompare(h.Sum(nil), s.Commitment[:]) == 1
}

// Vault keeps the wrapped data keys of persons.
type Vault interface {
	// WrappedKeys gives the keys of the persons that have one. With create, those
	// without get the key that make returns, unless another writer was first, whose key
	// is returned then. A destroyed key comes as an empty slice.
	WrappedKeys(ctx context.Context, persons []ledger.PersonID,
		make func(ledger.PersonID) ([]byte, error)) (map[ledger.PersonID][]byte, error)
}

// Keyring derives and uses the keys of one installation.
type Keyring struct {
	pseudonyms sync.Pool // of *pseudonymizer
	wrap       cipher.AEAD
	archive    cipher.AEAD
	vault      Vault
}

// NewMaster makes a random master key for a new installation.
func NewMaster() []byte {
	key := make([]byte, KeySize)
	rand.Read(key) // never fails: crypto/rand aborts the program instead
	return key
}

// NewKeyring derives the installation's keys from its master key of KeySize bytes.
func NewKeyring(master []byte, vault Vault) (*Keyring, error) {
	if len(master) != KeySize {
		return nil, fmt.Errorf("installation key has %d bytes, %d are needed", len(master), KeySize)
	}
	derive := func(purpose string) ([]byte, error) {
		return hkdf.Key(sha256.New, master, nil, "stazh/v1/"+purpose, KeySize)
	}
	pseudonym, err := derive("pseudonym")
	if err != nil {
		return nil, fmt.Errorf("derive key: %w", err)
	}
	k := &Keyring{vault: vault}
	k.pseudonyms.New = func() any { return &pseudonymizer{mac: hmac.New(sha256.New, pseudonym)} }
	for purpose, target := range map[string]*cipher.AEAD{"wrap": &k.wrap, "archive": &k.archive} {
		key, err := derive(purpose)
		if err != nil {
			return nil, fmt.Errorf("derive key: %w", err)
		}
		if *target, err = newAEAD(key); err != nil {
			return nil, err
		}
	}
	return k, nil
}

func newAEAD(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("make cipher: %w", err)
	}
	return cipher.NewGCM(block)
}

// PersonID is the pseudonym for an insurance number (14 characters, upper case): found
// without a look-up, not to be enumerated without the installation's key.
func (k *Keyring) PersonID(insuranceNo string) ledger.PersonID {
	p := k.pseudonyms.Get().(*pseudonymizer) //nolint:forcetypeassert // nothing else is in it
	defer k.pseudonyms.Put(p)
	p.mac.Reset()
	p.number = append(p.number[:0], insuranceNo...)
	p.mac.Write(p.number)
	p.sum = p.mac.Sum(p.sum[:0])
	id := uuid.UUID(p.sum[:16])
	id[6] = id[6]&0x0f | 0x80 // version 8: made by a rule of our own (RFC 9562)
	id[8] = id[8]&0x3f | 0x80
	return id
}

// pseudonymizer has what a pseudonym needs at hand.
type pseudonymizer struct {
	mac         hash.Hash // has the key taken in already
	number, sum []byte    // room
}

// PersonKey seals and opens one person's data. It holds keys and not ciphers made from
// them, which take twenty times the memory and less time to make than to use.
type PersonKey struct {
	secret [KeySize]byte // of which the HMAC's key for salts and nonces is made, to seal
	boxes  [KeySize]byte // key of the cipher
}

// PersonKeys gives the keys of the persons, making those that are missing when create is
// set. Persons without a key, or with a destroyed one, are absent from the result.
func (k *Keyring) PersonKeys(ctx context.Context, persons []ledger.PersonID, create bool,
) (map[ledger.PersonID]*PersonKey, error) {
	var maker func(ledger.PersonID) ([]byte, error)
	if create {
		maker = k.newWrapped
	}
	wrapped, err := k.vault.WrappedKeys(ctx, persons, maker)
	if err != nil {
		return nil, fmt.Errorf("read keys of persons: %w", err)
	}
	keys := make(map[ledger.PersonID]*PersonKey, len(wrapped))
	for id, w := range wrapped {
		if len(w) == 0 {
			continue
		}
		secret, err := openBox(k.wrap, w, id[:])
		if err != nil {
			return nil, fmt.Errorf("unwrap the key of person %s: %w", id, err)
		}
		key, err := newPersonKey(secret)
		if err != nil {
			return nil, err
		}
		keys[id] = key
	}
	return keys, nil
}

// newPersonKey derives the key for encryption from a person's secret. Most keys open a box
// and seal none.
func newPersonKey(secret []byte) (*PersonKey, error) {
	if len(secret) != KeySize {
		return nil, ErrBroken
	}
	boxes, err := expand(secret, "boxes")
	if err != nil {
		return nil, err
	}
	return &PersonKey{secret: [KeySize]byte(secret), boxes: [KeySize]byte(boxes)}, nil
}

func expand(secret []byte, purpose string) ([]byte, error) {
	key, err := hkdf.Expand(sha256.New, secret, "stazh/v1/person/"+purpose, KeySize)
	if err != nil {
		return nil, fmt.Errorf("derive key: %w", err)
	}
	return key, nil
}

// aead makes the cipher.
func (p *PersonKey) aead() cipher.AEAD {
	aead, err := newAEAD(p.boxes[:])
	if err != nil {
		panic(err) // a key of KeySize bytes always fits
	}
	return aead
}

func (k *Keyring) newWrapped(id ledger.PersonID) ([]byte, error) {
	nonce := make([]byte, k.wrap.NonceSize())
	rand.Read(nonce)
	return k.wrap.Seal(nonce, nonce, NewMaster(), id[:]), nil
}

// Seal encrypts plaintext for its use, which is the id of the event it goes into. Salt
// and nonce are made from key, use and plaintext, so that a repeated command makes the
// same bytes again; nobody without the key can tell equal plaintexts of two uses.
func (p *PersonKey) Seal(use uuid.UUID, plaintext []byte) Sealed {
	aead := p.aead()
	salts, err := expand(p.secret[:], "salts")
	if err != nil {
		panic(err) // the size is one that there is
	}
	salt := derive(salts, "salt", use, plaintext)[:saltSize]
	nonce := derive(salts, "nonce", use, plaintext)[:aead.NonceSize()]
	inner := make([]byte, 0, saltSize+len(plaintext))
	inner = append(append(inner, salt...), plaintext...)
	return Sealed{
		Commitment: sha256.Sum256(inner),
		Box:        aead.Seal(nonce, nonce, inner, nil),
	}
}

// Open decrypts a box and checks its commitment.
func (p *PersonKey) Open(s Sealed) ([]byte, error) {
	_, plaintext, err := p.Disclose(s)
	return plaintext, err
}

// Disclose is Open that gives the salt too: with both, a reader without the key can check
// the commitment of the hashed event by Matches.
func (p *PersonKey) Disclose(s Sealed) (salt, plaintext []byte, err error) {
	inner, err := openBox(p.aead(), s.Box, nil)
	if err != nil {
		return nil, nil, err
	}
	if len(inner) < saltSize || !s.Matches(inner[:saltSize], inner[saltSize:]) {
		return nil, nil, ErrBroken
	}
	return inner[:saltSize:saltSize], inner[saltSize:], nil
}

func derive(salts []byte, purpose string, use uuid.UUID, plaintext []byte) []byte {
	mac := hmac.New(sha256.New, salts)
	mac.Write([]byte(purpose))
	mac.Write(use[:])
	mac.Write(plaintext)
	return mac.Sum(nil)
}

func openBox(aead cipher.AEAD, box, extra []byte) ([]byte, error) {
	n := aead.NonceSize()
	if len(box) < n {
		return nil, ErrBroken
	}
	plain, err := aead.Open(nil, box[:n], box[n:], extra)
	if err != nil {
		return nil, ErrBroken
	}
	return plain, nil
}

// SealChunk encrypts a chunk of an archived file; name binds it to its file and place.
func (k *Keyring) SealChunk(name, plaintext []byte) []byte {
	nonce := make([]byte, k.archive.NonceSize())
	rand.Read(nonce)
	return k.archive.Seal(nonce, nonce, plaintext, name)
}

// OpenChunk decrypts a chunk sealed under the same name.
func (k *Keyring) OpenChunk(name, box []byte) ([]byte, error) {
	return openBox(k.archive, box, name)
}

// MemoryVault is a Vault for tests and simulations.
type MemoryVault struct {
	keys chan map[ledger.PersonID][]byte // holds the map while nobody uses it
}

// NewMemoryVault makes an empty vault.
func NewMemoryVault() *MemoryVault {
	v := &MemoryVault{keys: make(chan map[ledger.PersonID][]byte, 1)}
	v.keys <- map[ledger.PersonID][]byte{}
	return v
}

// WrappedKeys implements Vault.
func (v *MemoryVault) WrappedKeys(ctx context.Context, persons []ledger.PersonID,
	make func(ledger.PersonID) ([]byte, error)) (map[ledger.PersonID][]byte, error) {
	keys := <-v.keys
	defer func() { v.keys <- keys }()
	found := map[ledger.PersonID][]byte{}
	for _, id := range persons {
		if _, ok := keys[id]; !ok && make != nil {
			w, err := make(id)
			if err != nil {
				return nil, err
			}
			keys[id] = w
		}
		if w, ok := keys[id]; ok {
			found[id] = w
		}
	}
	return found, ctx.Err()
}

// Destroy empties the key of a person.
func (v *MemoryVault) Destroy(id ledger.PersonID) {
	keys := <-v.keys
	keys[id] = nil
	v.keys <- keys
}
