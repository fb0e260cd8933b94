package commands

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"io"
	"time"

	"github.com/google/uuid"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/period"
)

// ReceiveFiling takes in a file of a payer, or of the treasury.
type ReceiveFiling struct {
	Actor  ledger.Actor
	Ground string
	Payer  string // UNP of the filer
	// Content is read to its end. One that is in memory already may give it by a method
	// Resident() []byte and is not copied then; nobody may change it any more. One whose
	// length is known may tell it by a method Size() int64.
	Content io.Reader
	// Key is the client's Idempotency-Key; empty without one.
	Key          string
	Channel      string // api, command, demo, officer, mass, ex_officio
	AllOrNothing bool
	// Preview is the token of the preview that the filer saw; zero for none. The file is
	// refused with *StalePreviewError where it would do something else now.
	Preview ledger.Hash
	// Admitted: the caller has a place from Admit.
	Admitted bool
}

// Receipt is the proof of arrival. It is the same for ever for the same bytes of the
// same filer, and for the same key.
type Receipt struct {
	Filing     uuid.UUID
	Number     string
	Payer      string
	SHA256     ledger.Hash
	Bytes      int64
	ReceivedAt time.Time
	Position   ledger.Position
	// Repeated is true when the file had been received before.
	Repeated bool
}

// ReceiveFiling archives the bytes and records their arrival, durably and before
// anything is checked. The same bytes, or the same key, give the first receipt again;
// the same key with other bytes is refused (SPF-010).
func (b *Bus) ReceiveFiling(ctx context.Context, c ReceiveFiling) (Receipt, error) {
	if !ledger.PayerStream(c.Payer).Valid() {
		return Receipt{}, refuse(Invalid, "payer_invalid",
			"name the filer by its UNP, nine digits or capital Latin letters")
	}
	if !c.Admitted {
		leave, err := b.Admit()
		if err != nil {
			return Receipt{}, err
		}
		defer leave()
	}
	held, content, err := holdSmall(c.Content)
	if err != nil {
		return Receipt{}, fmt.Errorf("read the file: %w", err)
	}
	sum, size, err := b.Archive.Put(ctx, content)
	if err != nil {
		return Receipt{}, err
	}
	if !c.Preview.IsZero() {
		if err := b.stillShown(ctx, c, sum); err != nil {
			return Receipt{}, err
		}
	}
	receipt, err := b.arrive(ctx, c, sum, size)
	if err != nil {
		return Receipt{}, err
	}
	if held != nil && !receipt.Repeated {
		b.memory.arrive(receipt.Filing, held)
	}
	return receipt, nil
}

// arrive records the arrival of an archived file at the payer's desk.
func (b *Bus) arrive(ctx context.Context, c ReceiveFiling, sum ledger.Hash, size int64,
) (receipt Receipt, err error) {
	d, err := b.sitDown(ctx, c.Payer)
	if err != nil {
		return Receipt{}, err
	}
	defer func() { d.leave(err == nil) }()
	first := true
	err = attempt(ctx, func() (err error) {
		if !first {
			if err := d.reload(ctx); err != nil {
				return err
			}
		}
		first = false
		receipt, err = b.receive(ctx, c, d, sum, size)
		return err
	})
	return receipt, err
}

// holdSmall reads a small file into memory; held is nil for a larger one. Either way
// content yields all of it.
func holdSmall(r io.Reader) (held []byte, content io.Reader, err error) {
	if m, ok := r.(interface{ Resident() []byte }); ok && len(m.Resident()) <= keptBytes {
		return m.Resident(), hold(m.Resident()), nil
	}
	var head bytes.Buffer
	if s, ok := r.(interface{ Size() int64 }); ok && s.Size() >= 0 && s.Size() <= keptBytes {
		head.Grow(int(s.Size()) + bytes.MinRead) // what is left tells the end
	}
	if _, err := head.ReadFrom(io.LimitReader(r, keptBytes+1)); err != nil {
		return nil, nil, err
	}
	if head.Len() <= keptBytes {
		return head.Bytes(), hold(head.Bytes()), nil
	}
	return nil, io.MultiReader(&head, r), nil
}

// receive records the arrival of an archived file, or finds that it is recorded.
func (b *Bus) receive(ctx context.Context, c ReceiveFiling, d *desk, sum ledger.Hash,
	size int64) (Receipt, error) {
	today := FundDate(b.Clock())
	fact, earlier, err := decideReceiveFiling(d.folds.filings, c, sum, size, today)
	if err == nil && earlier != nil && d.remembered && earlier.MayLapse(today) {
		// No append would tell that another process has refused it since.
		if err := d.reload(ctx); err != nil {
			return Receipt{}, err
		}
		fact, earlier, err = decideReceiveFiling(d.folds.filings, c, sum, size, today)
	}
	if err != nil {
		return Receipt{}, err
	}
	folds := d.folds
	if earlier != nil {
		receipt := receiptOf(c.Payer, *earlier)
		receipt.Repeated = true
		return receipt, b.bindKey(ctx, c, folds, *earlier)
	}
	meta := ledger.Meta{Actor: c.Actor, Ground: c.Ground, Correlation: fact.Filing, Source: sum}
	e := event.New(ledger.DeterministicID(fact.Filing, "received"), meta, fact)
	stream := ledger.PayerStream(c.Payer)
	recorded := false
	cancel := b.intake.expect(Work{Payer: c.Payer, Filing: fact.Filing})
	defer func() {
		if !recorded {
			cancel()
		}
	}()
	result, err := b.append(ctx, ledger.StreamAppend{Stream: stream,
		Expected: folds.filings.Revision, Events: []ledger.NewEvent{e}})
	if err != nil {
		return Receipt{}, err
	}
	recorded = !result.Repeated
	folds.apply(ledger.Event{NewEvent: e, Stream: stream, Revision: folds.filings.Revision + 1,
		Position: result.Position, RecordedAt: result.RecordedAt}, fact)
	return Receipt{Filing: fact.Filing, Number: fact.Receipt, Payer: c.Payer, SHA256: sum,
		Bytes: size, ReceivedAt: result.RecordedAt, Position: result.Position,
		Repeated: result.Repeated}, nil
}

// bindKey records that a key which is new stands for bytes that are known: the same key
// then never gives another receipt.
func (b *Bus) bindKey(ctx context.Context, c ReceiveFiling, folds *payerFolds,
	earlier account.Filing) error {
	keyHash := KeyHash(c.Key)
	if _, bound := folds.filings.ByKey(keyHash); bound || keyHash.IsZero() {
		return nil
	}
	filing := earlier.FilingReceived.Filing
	fact := &event.FilingKeyBound{Filing: filing, KeyHash: keyHash}
	e := event.New(ledger.DeterministicID(filing, "key", keyHash.String()),
		ledger.Meta{Actor: c.Actor, Ground: c.Ground, Correlation: filing}, fact)
	stream := ledger.PayerStream(c.Payer)
	result, err := b.append(ctx, ledger.StreamAppend{Stream: stream,
		Expected: folds.filings.Revision, Events: []ledger.NewEvent{e}})
	if err != nil {
		return err
	}
	folds.apply(ledger.Event{NewEvent: e, Stream: stream, Revision: folds.filings.Revision + 1,
		Position: result.Position, RecordedAt: result.RecordedAt}, fact)
	return nil
}

func decideReceiveFiling(filings *account.Filings, c ReceiveFiling, sum ledger.Hash,
	size int64, today period.Date) (*event.FilingReceived, *account.Filing, error) {
	keyHash := KeyHash(c.Key)
	if earlier, ok := filings.ByKey(keyHash); ok {
		if earlier.SHA256 != sum {
			return nil, nil, refuse(Conflict, "SPF-010",
				"the Idempotency-Key was used for another file, receipt %s: "+
					"use a new key for each file", earlier.Receipt)
		}
		return nil, &earlier, nil
	}
	earlier, stale, ok := filings.ByContent(sum, today)
	if ok {
		return nil, &earlier, nil
	}
	filing := FilingID(c.Payer, sum, stale)
	return &event.FilingReceived{
		Filing: filing, Receipt: receiptNumber(filing), SHA256: sum, Bytes: size,
		KeyHash: keyHash, Channel: c.Channel, AllOrNothing: c.AllOrNothing, Preview: c.Preview,
	}, nil, nil
}

func receiptOf(payer string, f account.Filing) Receipt {
	return Receipt{Filing: f.FilingReceived.Filing, Number: f.Receipt, Payer: payer,
		SHA256: f.SHA256, Bytes: f.Bytes, ReceivedAt: f.ReceivedAt, Position: f.Position}
}

// KeyHash is what the ledger keeps of an Idempotency-Key; zero for no key.
func KeyHash(key string) ledger.Hash {
	if key == "" {
		return ledger.Hash{}
	}
	return sha256.Sum256([]byte("stazh/idempotency/v1\x00" + key))
}

// FilingID names a filing by its filer and bytes, and by how many filings of the same bytes do
// not count any more: they were refused because their preview no longer held, or on an earlier
// day because their own had not come.
func FilingID(payer string, sum ledger.Hash, stale int) uuid.UUID {
	if stale > 0 {
		return ledger.DeterministicID("filing", payer, sum.String(), stale)
	}
	return ledger.DeterministicID("filing", payer, sum.String())
}

// receiptAlphabet leaves out I, L, O and U, which people misread.
const receiptAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

var receiptEncoding = base32.NewEncoding(receiptAlphabet).WithPadding(base32.NoPadding)

// receiptNumber is sixteen characters in groups of four: 75 bits that follow from the
// filing and a check character, by which a mistyped number is told at once.
func receiptNumber(filing uuid.UUID) string {
	sum := sha256.Sum256(append([]byte("stazh/receipt/v1\x00"), filing[:]...))
	body := receiptEncoding.EncodeToString(sum[:10])[:15]
	s := body + string(receiptCheck(body))
	return fmt.Sprintf("%s-%s-%s-%s", s[:4], s[4:8], s[8:12], s[12:])
}

// receiptCheck is the weighted sum of the characters' values modulo 31. As 31 is a prime,
// it tells every swap of two neighbours and every wrong character, except 0 for Z.
func receiptCheck(body string) byte {
	sum := 0
	for i, c := range []byte(body) {
		for value, x := range []byte(receiptAlphabet) {
			if x == c {
				sum += (i + 2) * value
			}
		}
	}
	return receiptAlphabet[sum%31]
}
