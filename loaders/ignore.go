package loaders

import (
	"fmt"
	"strings"
)

// An ignorePattern is a line of an ignore file.
type ignorePattern struct {
	glob     glob
	negated  bool   // !: what matches is not ignored
	dirOnly  bool   // a trailing slash
	anchored bool   // matched against the path below the file's folder, not the name
	origin   string // for people: the pattern, the file and the line
}

// parseIgnore parses the text of an ignore file by git's rules (gitignore(5)).
// file names it in messages. normalize is applied to every pattern; nil
// applies nothing.
func parseIgnore(text, file string, normalize func(string) string) []ignorePattern {
	var out []ignorePattern
	text = strings.TrimPrefix(text, "\ufeff")
	for n := 1; text != ""; n++ {
		var line string
		line, text, _ = strings.Cut(text, "\n")
		line = strings.TrimSuffix(line, "\r")
		if normalize != nil {
			line = normalize(line)
		}
		if p, ok := parsePattern(line); ok {
			p.origin = fmt.Sprintf("pattern %q in %s, line %d", line, file, n)
			out = append(out, p)
		}
	}
	return out
}

// parsePattern parses one line; ok is false for a comment or an empty one.
func parsePattern(line string) (p ignorePattern, ok bool) {
	if strings.HasPrefix(line, "#") {
		return p, false
	}
	line = trimSpaces(line)
	line, p.negated = strings.CutPrefix(line, "!")
	line, p.dirOnly = strings.CutSuffix(line, "/")
	p.anchored = strings.Contains(line, "/")
	line = strings.TrimPrefix(line, "/")
	if line == "" {
		return p, false
	}
	p.glob = compileGlob(line)
	return p, true
}

// trimSpaces removes spaces at the end of line that no backslash guards.
func trimSpaces(line string) string {
	end := 0 // of the last thing that is kept
	for i := 0; i < len(line); i++ {
		switch line[i] {
		case ' ':
			continue
		case '\\':
			i++
		}
		end = min(i+1, len(line))
	}
	return line[:end]
}

// rules are the patterns in force in a folder: its own, and those of the
// folders above, which lose against them.
type rules struct {
	parent   *rules
	base     string // URI of the folder with a trailing slash, "" for the root
	patterns []ignorePattern
}

// ignored reports whether the patterns exclude the path, and which one
// decided. The last pattern that matches wins.
func (r *rules) ignored(uri string, isDir bool) (origin string, ignored bool) {
	for ; r != nil; r = r.parent {
		rel := strings.TrimPrefix(uri, r.base)
		name := rel[strings.LastIndexByte(rel, '/')+1:]
		for i := len(r.patterns) - 1; i >= 0; i-- {
			p := &r.patterns[i]
			subject := name
			if p.anchored {
				subject = rel
			}
			if (isDir || !p.dirOnly) && p.glob.match(subject) {
				return p.origin, !p.negated
			}
		}
	}
	return "", false
}
