package chunkers

import "strings"

// ownLine reports whether line is complete in itself: a heading, a list item,
// a table row, a fence or a directive.
func ownLine(line string) bool {
	line = strings.TrimLeft(line, " \t")
	if line == "" {
		return false
	}
	switch line[0] {
	case '#', '|':
		return true
	case '`', '~', '/', ':':
		return strings.HasPrefix(line, "```") || strings.HasPrefix(line, "~~~") ||
			strings.HasPrefix(line, "///") || strings.HasPrefix(line, ":::")
	}
	return isItem(line)
}

// isItem reports whether line begins a list item: a bullet, or up to nine
// digits and a delimiter (CommonMark 0.31.2, section 5.2), then white space.
func isItem(line string) bool {
	line = strings.TrimLeft(line, " \t")
	if rest, ok := strings.CutPrefix(line, "•"); ok {
		return rest != ""
	}
	i := 0
	for i < len(line) && i < 9 && '0' <= line[i] && line[i] <= '9' {
		i++
	}
	if i+1 >= len(line) || line[i+1] != ' ' && line[i+1] != '\t' {
		return false
	}
	if i > 0 {
		return line[i] == '.' || line[i] == ')'
	}
	return line[0] == '-' || line[0] == '*' || line[0] == '+'
}

// isQuoted reports whether line is part of a Markdown quotation.
func isQuoted(line string) bool { return strings.HasPrefix(strings.TrimLeft(line, " \t"), ">") }

// indent returns how far line is indented, in columns of white space; a tab
// counts four.
func indent(line string) int {
	n := 0
	for i := range len(line) {
		switch line[i] {
		case ' ':
			n++
		case '\t':
			n += 4
		default:
			return n
		}
	}
	return n
}
