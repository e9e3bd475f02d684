package pdf

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"fmt"
	"strings"
	"testing"
)

// encrypted returns a file whose one page shows "Secret (1)" and whose author
// is "Ann", encrypted so that the empty password opens it.
func encrypted(t *testing.T, entries string, encrypt func(num int, data []byte) []byte) []byte {
	t.Helper()
	content := encrypt(5, []byte(`BT /F1 9 Tf (Secret \(1\)) Tj ET`))
	var b bytes.Buffer
	fmt.Fprintf(&b, "%%PDF-1.7\n1 0 obj << /Type /Catalog /Pages 2 0 R >> endobj\n"+
		"2 0 obj << /Type /Pages /Kids [3 0 R] /Count 1 >> endobj\n"+
		"3 0 obj << /Type /Page /Parent 2 0 R /Contents 5 0 R /Resources << /Font << /F1 4 0 R >> >> >> endobj\n"+
		"4 0 obj << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> endobj\n"+
		"5 0 obj << /Length %d >>\nstream\n%s\nendstream endobj\n", len(content), content)
	fmt.Fprintf(&b, "6 0 obj << /Author <%x> >> endobj\n", encrypt(6, []byte("Ann")))
	fmt.Fprintf(&b, "trailer << /Root 1 0 R /Info 6 0 R /ID [<01020304> <>] /Encrypt << /Filter /Standard %s >> >>\n%%%%EOF", entries)
	return b.Bytes()
}

var fileID = []byte{1, 2, 3, 4}

func pad(data []byte) []byte {
	n := 16 - len(data)%16
	return append(bytes.Clone(data), bytes.Repeat([]byte{byte(n)}, n)...)
}

func aesEncrypt(t *testing.T, key, data []byte) []byte {
	t.Helper()
	block, err := aes.NewCipher(key)
	if err != nil {
		t.Fatal(err)
	}
	iv := []byte("an initial block")
	out := pad(data)
	cipher.NewCBCEncrypter(block, iv).CryptBlocks(out, out)
	return append(bytes.Clone(iv), out...)
}

func TestFilesThatOpenWithoutPasswordAreRead(t *testing.T) {
	o := strings.Repeat("0", 64)
	old := func(entries string, revision int, d dict, m method) func() []byte {
		return func() []byte {
			d["O"], d["P"], d["U"] = str(bytes.Repeat([]byte{0}, 32)), -44.0, str(make([]byte, 32))
			key, _ := key128(d, fileID, intOf(d["V"], 0), revision)
			c := &crypt{key: key}
			u := append(userCheck(key, fileID, revision), make([]byte, 16)...)
			return encrypted(t, fmt.Sprintf("%s /R %d /P -44 /O <%s> /U <%x>", entries, revision, o, u[:32]), func(num int, data []byte) []byte {
				if m == methodAES {
					return aesEncrypt(t, c.objectKey(num, 0, "sAlT"), data)
				}
				return rc4Of(c.objectKey(num, 0, ""), data)
			})
		}
	}
	tests := map[string]func() []byte{
		"RC4 of 40 bits":  old("/V 1", 2, dict{"V": 1.0}, methodRC4),
		"RC4 of 128 bits": old("/V 2 /Length 128", 3, dict{"V": 2.0, "Length": 128.0}, methodRC4),
		"AES of 128 bits": old("/V 4 /Length 128 /CF << /S << /CFM /AESV2 >> >> /StmF /S /StrF /S", 4, dict{"V": 4.0, "Length": 128.0}, methodAES),
		"AES of 256 bits": func() []byte {
			key := []byte("0123456789abcdef0123456789abcdef")
			u := append(hash6([]byte("validate"), nil), "validatekeysalt0"...)
			block, err := aes.NewCipher(hash6([]byte("keysalt0"), nil))
			if err != nil {
				t.Fatal(err)
			}
			ue := make([]byte, 32)
			cipher.NewCBCEncrypter(block, make([]byte, 16)).CryptBlocks(ue, key)
			entries := fmt.Sprintf("/V 5 /R 6 /Length 256 /CF << /S << /CFM /AESV3 >> >> /StmF /S /StrF /S /O <%x> /U <%x> /UE <%x>", make([]byte, 48), u, ue)
			return encrypted(t, entries, func(_ int, data []byte) []byte { return aesEncrypt(t, key, data) })
		},
	}
	for name, build := range tests {
		t.Run(name, func(t *testing.T) {
			d, err := open(build())
			if err != nil {
				t.Fatal(err)
			}
			if got := (*d.info())["Author"]; got != "Ann" {
				t.Errorf("author %q", got)
			}
			err = d.walk(func(p page) error {
				if text, _, _, err := d.text(p); text != "Secret (1)" || err != nil {
					t.Errorf("text %q, %v", text, err)
				}
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
}

func TestWrongPasswordsAreNoticed(t *testing.T) {
	for _, entries := range []string{
		"/V 1 /R 2 /P -44 /O <" + strings.Repeat("00", 32) + "> /U <" + strings.Repeat("11", 32) + ">",
		"/V 5 /R 6 /O <" + strings.Repeat("00", 48) + "> /U <" + strings.Repeat("11", 48) + "> /UE <" + strings.Repeat("11", 32) + ">",
		"/V 9",
		"/V 2 /R 3 /Length 100000 /P 0 /O <> /U <>",
	} {
		if _, err := open(encrypted(t, entries, func(_ int, data []byte) []byte { return data })); err == nil {
			t.Errorf("%s: opened", entries)
		}
	}
}
