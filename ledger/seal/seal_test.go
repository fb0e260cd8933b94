package seal_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"slices"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/seal"
)

const saltSize = 16

func master(n byte) []byte { return bytes.Repeat([]byte{n}, seal.KeySize) }

func keyring(t require.TestingT, n byte, v seal.Vault) *seal.Keyring {
	k, err := seal.NewKeyring(master(n), v)
	require.NoError(t, err)
	return k
}

// personKey makes the key of one person in a vault of its own.
func personKey(t testing.TB) *seal.PersonKey {
	t.Helper()
	id := uuid.UUID{1}
	keys, err := keyring(t, 1, seal.NewMemoryVault()).
		PersonKeys(context.WithoutCancel(t.Context()), []ledger.PersonID{id}, true)
	require.NoError(t, err)
	return keys[id]
}

func TestKeyringRefusesAKeyOfTheWrongSize(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 16, seal.KeySize - 1, seal.KeySize + 1} {
		_, err := seal.NewKeyring(make([]byte, n), seal.NewMemoryVault())
		require.ErrorContains(t, err, "32 are needed")
	}
	a, b := seal.NewMaster(), seal.NewMaster()
	require.Len(t, a, seal.KeySize)
	require.NotEqual(t, a, b)
}

// TestPersonIDIsStable has a fixed answer: another one would lose every account.
func TestPersonIDIsStable(t *testing.T) {
	t.Parallel()
	k := keyring(t, 1, nil)
	require.Equal(t, "0e1dd352-fe6f-8947-a6af-bac340ae6153", k.PersonID("3270287A012PB2").String())
	require.Equal(t, k.PersonID("3270287A012PB2"),
		keyring(t, 1, seal.NewMemoryVault()).PersonID("3270287A012PB2"))
	require.NotEqual(t, k.PersonID("3270287A012PB2"), k.PersonID("3041088A042PB2"))
	require.NotEqual(t, k.PersonID("3270287A012PB2"),
		keyring(t, 2, nil).PersonID("3270287A012PB2"), "another installation")
}

func TestPersonIDIsAUUIDThatNamesAStream(t *testing.T) {
	t.Parallel()
	k := keyring(t, 1, nil)
	rapid.Check(t, func(t *rapid.T) {
		id := k.PersonID(rapid.String().Draw(t, "number"))
		require.EqualValues(t, 8, id.Version())
		require.Equal(t, uuid.RFC4122, id.Variant())
		require.True(t, ledger.PersonStream(id).Valid())
	})
}

func TestSealIsDeterministicByUse(t *testing.T) {
	t.Parallel()
	key := personKey(t)
	plaintext := []byte("Иванова Мария")
	first := key.Seal(uuid.UUID{1}, plaintext)
	require.Equal(t, first, key.Seal(uuid.UUID{1}, plaintext), "a repeated command")
	require.NotContains(t, string(first.Box), "Иванова")

	for what, other := range map[string]seal.Sealed{
		"another use":       key.Seal(uuid.UUID{2}, plaintext),
		"another plaintext": key.Seal(uuid.UUID{1}, []byte("Иванова Мария ")),
		"another person":    personKey(t).Seal(uuid.UUID{1}, plaintext),
	} {
		require.NotEqual(t, first.Commitment, other.Commitment, what)
		require.NotEqual(t, first.Box[:12], other.Box[:12], "%s: nonce", what)
		require.NotEqual(t, first.Box[12:], other.Box[12:], what)
	}
}

func TestOpenGivesWhatWasSealed(t *testing.T) {
	t.Parallel()
	key := personKey(t)
	rapid.Check(t, func(t *rapid.T) {
		plaintext := rapid.SliceOf(rapid.Byte()).Draw(t, "plaintext")
		use := uuid.UUID(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "use"))
		opened, err := key.Open(key.Seal(use, plaintext))
		require.NoError(t, err)
		require.True(t, bytes.Equal(plaintext, opened))
	})
}

func TestOpenRefusesEveryChange(t *testing.T) {
	t.Parallel()
	key := personKey(t)
	whole := key.Seal(uuid.UUID{1}, []byte("Иванова"))
	for i := range whole.Box {
		changed := seal.Sealed{Commitment: whole.Commitment, Box: slices.Clone(whole.Box)}
		changed.Box[i] ^= 1
		_, err := key.Open(changed)
		require.ErrorIs(t, err, seal.ErrBroken, "byte %d", i)

		changed.Box = whole.Box[:i]
		_, err = key.Open(changed)
		require.ErrorIs(t, err, seal.ErrBroken, "cut to %d bytes", i)
	}
	for i := range whole.Commitment {
		changed := whole
		changed.Commitment[i] ^= 0x80
		_, err := key.Open(changed)
		require.ErrorIs(t, err, seal.ErrBroken, "commitment byte %d", i)
	}
	other := key.Seal(uuid.UUID{2}, []byte("Петрова"))
	_, err := key.Open(seal.Sealed{Commitment: other.Commitment, Box: whole.Box})
	require.ErrorIs(t, err, seal.ErrBroken, "the commitment of another box")
	_, err = personKey(t).Open(whole)
	require.ErrorIs(t, err, seal.ErrBroken, "the key of another person")
	_, err = key.Open(seal.Sealed{})
	require.ErrorIs(t, err, seal.ErrBroken)
}

// TestCommitmentIsCheckedWithoutAKey is what a court does: it is shown salt and
// plaintext, and compares with the hashed event.
func TestCommitmentIsCheckedWithoutAKey(t *testing.T) {
	t.Parallel()
	vault, id := seal.NewMemoryVault(), ledger.PersonID{1}
	keys, err := keyring(t, 1, vault).PersonKeys(t.Context(), []ledger.PersonID{id}, true)
	require.NoError(t, err)
	plaintext := []byte("Иванова Мария")
	box := keys[id].Seal(uuid.UUID{1}, plaintext)

	salt, disclosed, err := keys[id].Disclose(box)
	require.NoError(t, err)
	require.Equal(t, plaintext, disclosed)
	require.Len(t, salt, saltSize)
	require.True(t, box.Matches(salt, plaintext))
	require.EqualValues(t, sha256.Sum256(append(slices.Clone(salt), plaintext...)), box.Commitment)

	require.False(t, box.Matches(salt, []byte("Петрова Мария")))
	require.False(t, box.Matches(make([]byte, saltSize), plaintext),
		"without the salt nobody can try plaintexts")
	require.False(t, box.Matches(append(slices.Clone(salt), plaintext[0]), plaintext[1:]),
		"the border between the two is fixed")
	box.Box[20] ^= 1
	_, _, err = keys[id].Disclose(box)
	require.ErrorIs(t, err, seal.ErrBroken)
}

func TestPersonKeysAreMadeOnceAndOnlyOnDemand(t *testing.T) {
	t.Parallel()
	vault := seal.NewMemoryVault()
	a, b := ledger.PersonID{1}, ledger.PersonID{2}
	k := keyring(t, 1, vault)
	keys, err := k.PersonKeys(t.Context(), []ledger.PersonID{a}, false)
	require.NoError(t, err)
	require.Empty(t, keys)

	keys, err = k.PersonKeys(t.Context(), []ledger.PersonID{a}, true)
	require.NoError(t, err)
	box := keys[a].Seal(uuid.UUID{1}, []byte("x"))
	again, err := k.PersonKeys(t.Context(), []ledger.PersonID{a, b, a}, true)
	require.NoError(t, err)
	require.Len(t, again, 2)
	require.Equal(t, box, again[a].Seal(uuid.UUID{1}, []byte("x")), "the same key")
	_, err = again[b].Open(box)
	require.ErrorIs(t, err, seal.ErrBroken, "each person has a key of its own")

	_, err = keyring(t, 2, vault).PersonKeys(t.Context(), []ledger.PersonID{a}, false)
	require.ErrorIs(t, err, seal.ErrBroken, "the master key of another installation")
}

func TestDestroyedKeyIsGoneForEver(t *testing.T) {
	t.Parallel()
	vault, id := seal.NewMemoryVault(), ledger.PersonID{1}
	k := keyring(t, 1, vault)
	_, err := k.PersonKeys(t.Context(), []ledger.PersonID{id}, true)
	require.NoError(t, err)
	vault.Destroy(id)
	for _, create := range []bool{false, true} {
		keys, err := k.PersonKeys(t.Context(), []ledger.PersonID{id}, create)
		require.NoError(t, err)
		require.NotContains(t, keys, id, "it is not made anew")
	}
}

// swapped is a vault in which somebody gave two persons each other's keys.
type swapped struct{ seal.Vault }

func (v swapped) WrappedKeys(ctx context.Context, persons []ledger.PersonID,
	make func(ledger.PersonID) ([]byte, error)) (map[ledger.PersonID][]byte, error) {
	keys, err := v.Vault.WrappedKeys(ctx, persons, make)
	a, b := persons[0], persons[1]
	keys[a], keys[b] = keys[b], keys[a]
	return keys, err
}

type broken struct{}

var errBroken = errors.New("the vault is out of order")

func (broken) WrappedKeys(context.Context, []ledger.PersonID,
	func(ledger.PersonID) ([]byte, error)) (map[ledger.PersonID][]byte, error) {
	return nil, errBroken
}

func TestKeyIsBoundToItsPersonInTheVault(t *testing.T) {
	t.Parallel()
	persons := []ledger.PersonID{{1}, {2}}
	_, err := keyring(t, 1, swapped{seal.NewMemoryVault()}).PersonKeys(t.Context(), persons, true)
	require.ErrorIs(t, err, seal.ErrBroken)
	_, err = keyring(t, 1, broken{}).PersonKeys(t.Context(), persons, true)
	require.ErrorIs(t, err, errBroken)
}

func TestChunkIsBoundToItsName(t *testing.T) {
	t.Parallel()
	k := keyring(t, 1, nil)
	box := k.SealChunk([]byte("file 1, part 0"), []byte("ЗГЛВ=1.5"))
	require.NotContains(t, string(box), "ЗГЛВ")
	require.NotEqual(t, box, k.SealChunk([]byte("file 1, part 0"), []byte("ЗГЛВ=1.5")))
	opened, err := k.OpenChunk([]byte("file 1, part 0"), box)
	require.NoError(t, err)
	require.Equal(t, "ЗГЛВ=1.5", string(opened))

	_, err = k.OpenChunk([]byte("file 1, part 1"), box)
	require.ErrorIs(t, err, seal.ErrBroken)
	_, err = keyring(t, 2, nil).OpenChunk([]byte("file 1, part 0"), box)
	require.ErrorIs(t, err, seal.ErrBroken)
	box[len(box)-1] ^= 1
	_, err = k.OpenChunk([]byte("file 1, part 0"), box)
	require.ErrorIs(t, err, seal.ErrBroken)
}

func TestSealedComesBackFromTheCodec(t *testing.T) {
	t.Parallel()
	want := personKey(t).Seal(uuid.UUID{1}, []byte("Иванова"))
	w := ledger.NewEncoder(nil)
	want.Fields(w)
	var got seal.Sealed
	r := ledger.NewDecoder(w.Encoded())
	got.Fields(r)
	require.NoError(t, r.Finish())
	require.Equal(t, want, got)
}

// FuzzOpen: no box but the sealed one opens, and none makes Open panic.
func FuzzOpen(f *testing.F) {
	key := personKey(f)
	whole := key.Seal(uuid.UUID{1}, []byte("Иванова"))
	f.Add(whole.Commitment[:], whole.Box)
	f.Add(whole.Commitment[:], whole.Box[:12])
	f.Add([]byte{}, []byte{})
	f.Fuzz(func(t *testing.T, commitment, box []byte) {
		s := seal.Sealed{Box: box}
		copy(s.Commitment[:], commitment)
		opened, err := key.Open(s)
		if s.Commitment == whole.Commitment && bytes.Equal(box, whole.Box) {
			require.NoError(t, err)
			require.Equal(t, "Иванова", string(opened))
			return
		}
		require.ErrorIs(t, err, seal.ErrBroken)
		require.Nil(t, opened)
	})
}
