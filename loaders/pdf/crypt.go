package pdf

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/md5"
	"crypto/rc4"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/binary"
	"fmt"
)

// A crypt undoes the encryption of files that open without a password (ISO
// 32000-2, 7.6): publishers encrypt them to forbid printing, not reading.
type crypt struct {
	key              []byte
	streams, strings method
}

// A method is how bytes are encrypted: the CFM of a crypt filter.
type method string

const (
	methodNone  method = "None"
	methodRC4   method = "V2"
	methodAES   method = "AESV2"
	methodAES32 method = "AESV3"
)

// newCrypt reads an encryption dictionary. The error is errEncrypted.
func newCrypt(d dict, id []byte) (*crypt, error) {
	if d["Filter"] != name("Standard") {
		return nil, fmt.Errorf("%w: security handler %v", errEncrypted, d["Filter"])
	}
	c := &crypt{}
	version, revision := intOf(d["V"], 0), intOf(d["R"], 0)
	switch version {
	case 1, 2:
		c.streams, c.strings = methodRC4, methodRC4
	case 4, 5:
		c.streams, c.strings = filterMethod(d, "StmF"), filterMethod(d, "StrF")
	default:
		return nil, fmt.Errorf("%w: version %d", errEncrypted, version)
	}
	var ok bool
	if version == 5 {
		c.key, ok = key256(d, revision)
	} else {
		c.key, ok = key128(d, id, version, revision)
	}
	if !ok {
		return nil, errEncrypted
	}
	return c, nil
}

func filterMethod(d dict, entry name) method {
	filters, _ := d["CF"].(dict)
	n, _ := d[entry].(name)
	f, _ := filters[n].(dict)
	m, _ := f["CFM"].(name)
	if m == "" {
		return methodNone // Identity
	}
	return method(m)
}

var padding = []byte("\x28\xBF\x4E\x5E\x4E\x75\x8A\x41\x64\x00\x4E\x56\xFF\xFA\x01\x08\x2E\x2E\x00\xB6\xD0\x68\x3E\x80\x2F\x0C\xA9\xFE\x64\x53\x69\x7A")

// key128 computes the file's key for the empty password (algorithm 2) and
// checks it (algorithms 4 and 5).
func key128(d dict, id []byte, version, revision int) (key []byte, ok bool) {
	o, _ := d["O"].(str)
	u, _ := d["U"].(str)
	size := intOf(d["Length"], 40) / 8
	if version == 1 {
		size = 5
	} else if version == 4 {
		size = 16
	}
	if len(o) < 32 || len(u) < 16 || size < 5 || size > 16 {
		return nil, false
	}
	h := md5.New()
	h.Write(padding)
	h.Write(o[:32])
	p, _ := d["P"].(float64)
	h.Write(binary.LittleEndian.AppendUint32(nil, uint32(int64(p))))
	h.Write(id)
	if revision >= 4 && d["EncryptMetadata"] == false {
		h.Write([]byte{0xff, 0xff, 0xff, 0xff})
	}
	key = h.Sum(nil)[:size]
	if revision >= 3 {
		for range 50 {
			sum := md5.Sum(key)
			key = sum[:size]
		}
	}
	return key, bytes.HasPrefix(u, userCheck(key, id, revision))
}

// userCheck returns what /U begins with if the key is right.
func userCheck(key, id []byte, revision int) []byte {
	if revision < 3 {
		return rc4Of(key, padding)
	}
	sum := md5.Sum(append(bytes.Clone(padding), id...))
	out := rc4Of(key, sum[:])
	for i := byte(1); i <= 19; i++ {
		k := bytes.Clone(key)
		for j := range k {
			k[j] ^= i
		}
		out = rc4Of(k, out)
	}
	return out
}

func rc4Of(key, data []byte) []byte {
	out := make([]byte, len(data))
	if c, err := rc4.NewCipher(key); err == nil {
		c.XORKeyStream(out, data)
	}
	return out
}

// key256 computes the file's key (algorithm 2.A) where the empty password is
// the user's or, which happens as well, the owner's.
func key256(d dict, revision int) (key []byte, ok bool) {
	hash := hash6
	if revision < 6 {
		hash = func(salt, user []byte) []byte {
			s := sha256.Sum256(append(bytes.Clone(salt), user...))
			return s[:]
		}
	}
	u, _ := d["U"].(str)
	o, _ := d["O"].(str)
	if len(u) < 48 || len(o) < 48 {
		return nil, false
	}
	for _, p := range []struct {
		check     str
		encrypted any
		user      []byte
	}{{u, d["UE"], nil}, {o, d["OE"], u[:48]}} {
		e, _ := p.encrypted.(str)
		if len(e) < 32 || !bytes.Equal(hash(p.check[32:40], p.user), p.check[:32]) {
			continue
		}
		block, err := aes.NewCipher(hash(p.check[40:48], p.user))
		if err != nil {
			continue
		}
		key = make([]byte, 32)
		cipher.NewCBCDecrypter(block, make([]byte, 16)).CryptBlocks(key, e[:32])
		return key, true
	}
	return nil, false
}

// hash6 is algorithm 2.B for the empty password; user is /U where the owner's
// password is checked.
func hash6(salt, user []byte) []byte {
	sum := sha256.Sum256(append(bytes.Clone(salt), user...))
	k := sum[:]
	for round := 1; ; round++ {
		e := bytes.Repeat(append(bytes.Clone(k), user...), 64)
		block, err := aes.NewCipher(k[:16])
		if err != nil {
			return nil
		}
		cipher.NewCBCEncrypter(block, k[16:32]).CryptBlocks(e, e)
		mod := 0
		for _, c := range e[:16] {
			mod += int(c)
		}
		switch mod % 3 {
		case 0:
			s := sha256.Sum256(e)
			k = s[:]
		case 1:
			s := sha512.Sum384(e)
			k = s[:]
		default:
			s := sha512.Sum512(e)
			k = s[:]
		}
		if round >= 64 && int(e[len(e)-1]) <= round-32 {
			return k[:32]
		}
	}
}

// decrypt returns the plain bytes of a stream or string of an object.
func (c *crypt) decrypt(m method, num, gen int, data []byte) []byte {
	switch m {
	case methodRC4:
		return rc4Of(c.objectKey(num, gen, ""), data)
	case methodAES:
		return aesOf(c.objectKey(num, gen, "sAlT"), data)
	case methodAES32:
		return aesOf(c.key, data)
	}
	return data
}

// objectKey is algorithm 1.
func (c *crypt) objectKey(num, gen int, salt string) []byte {
	k := append(bytes.Clone(c.key), byte(num), byte(num>>8), byte(num>>16), byte(gen), byte(gen>>8))
	sum := md5.Sum(append(k, salt...))
	return sum[:min(len(c.key)+5, 16)]
}

// aesOf undoes AES in CBC mode with the vector in front and the padding
// behind. Data that end within a block lose its beginning.
func aesOf(key, data []byte) []byte {
	block, err := aes.NewCipher(key)
	if err != nil || len(data) < 32 {
		return nil
	}
	out := make([]byte, (len(data)-16)/16*16)
	cipher.NewCBCDecrypter(block, data[:16]).CryptBlocks(out, data[16:16+len(out)])
	if n := int(out[len(out)-1]); n >= 1 && n <= 16 {
		out = out[:len(out)-n]
	}
	return out
}

// plainStrings returns the bytes of an object with its strings decrypted and
// written in hexadecimal.
func (c *crypt) plainStrings(num, gen int, object []byte) []byte {
	var out bytes.Buffer
	l := lexer{data: object}
	for copied := 0; ; {
		if l.pos >= len(object) {
			out.Write(object[copied:])
			return out.Bytes()
		}
		var s str
		start := l.pos
		switch b := object[l.pos]; {
		case b == '%':
			l.skipSpace()
			continue
		case b == '<' && l.peek(1) == '<':
			l.pos += 2
			continue
		case b == '(':
			l.pos++
			s = l.literal()
		case b == '<':
			l.pos++
			s = l.hex()
		default:
			l.pos++
			continue
		}
		out.Write(object[copied:start])
		fmt.Fprintf(&out, "<%x>", c.decrypt(c.strings, num, gen, s))
		copied = l.pos
	}
}
