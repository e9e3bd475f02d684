package markdown

import "bytes"

// hasText reports whether raw HTML holds a letter or digit outside of tags,
// comments, scripts and styles. What has no end runs to the end of raw.
func hasText(raw []byte) bool {
	for len(raw) > 0 {
		i := bytes.IndexByte(raw, '<')
		if i < 0 {
			i = len(raw)
		}
		if bytes.ContainsFunc(raw[:i], isWord) {
			return true
		}
		raw = skipTag(raw[i:])
	}
	return false
}

func isWord(r rune) bool {
	return '0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || r >= 0x80
}

// skipTag returns raw, which begins with '<' or is empty, after the tag,
// comment, script or style it begins with.
func skipTag(raw []byte) []byte {
	for _, pair := range [...][2]string{
		{"<!--", "-->"}, {"<script", "</script>"}, {"<style", "</style>"}, {"<", ">"},
	} {
		if len(raw) >= len(pair[0]) && bytes.EqualFold(raw[:len(pair[0])], []byte(pair[0])) {
			return after(raw[len(pair[0]):], pair[1])
		}
	}
	return nil
}

func after(raw []byte, end string) []byte {
	for i := 0; i+len(end) <= len(raw); i++ {
		if raw[i] == end[0] && bytes.EqualFold(raw[i:i+len(end)], []byte(end)) {
			return raw[i+len(end):]
		}
	}
	return nil
}
