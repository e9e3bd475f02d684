package main

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/seed4837efcb/groundwork"
)

// Whether places in the documents are links that a terminal opens (OSC 8,
// https://gist.github.com/egmontkob/eb114294efbcd5adb1944c9f3cb5feda).
const linksAuto, linksAlways, linksNever = "auto", "always", "never"

// wantsLinks decides that for stdout. A terminal that does not know links shows
// the text alone, but not all do, so only those that say who they are get them.
func (a *app) wantsLinks() bool {
	switch a.hyperlinks {
	case linksAlways:
		return true
	case linksAuto:
		return isTerminal(a.stdout) && knowsLinks(os.Getenv)
	}
	return false
}

// knowsLinks reports whether the environment is that of a terminal with links.
func knowsLinks(getenv func(string) string) bool {
	if force := getenv("FORCE_HYPERLINK"); force != "" {
		return force != "0" && force != "false"
	}
	term, program := getenv("TERM"), getenv("TERM_PROGRAM")
	switch {
	case getenv("NO_COLOR") != "" || term == "dumb" || getenv("CI") != "":
		return false
	case getenv("TMUX") != "" || strings.HasPrefix(term, "tmux") || strings.HasPrefix(term, "screen"):
		return program == "tmux" && versionOf(getenv("TERM_PROGRAM_VERSION")) >= 3.4
	case program == "iTerm.app":
		return versionOf(getenv("TERM_PROGRAM_VERSION")) >= 3.1
	}
	vte, _ := strconv.Atoi(getenv("VTE_VERSION"))
	konsole, _ := strconv.Atoi(getenv("KONSOLE_VERSION"))
	switch program {
	case "WezTerm", "vscode", "ghostty", "zed", "Hyper", "rio":
		return true
	}
	switch term {
	case "xterm-kitty", "alacritty", "foot", "contour", "xterm-ghostty", "wezterm":
		return true
	}
	return vte >= 5000 || konsole >= 201200 || getenv("WT_SESSION") != "" || getenv("KITTY_WINDOW_ID") != ""
}

// versionOf returns the first two numbers of a version, 3.4 for "3.4a".
func versionOf(s string) float64 {
	var major, minor int
	_, _ = fmt.Sscanf(s, "%d.%d", &major, &minor) // what cannot be read is old
	return float64(major) + float64(min(minor, 99))/10
}

// link makes text a link to a place in a document, on every line of it.
func (s *stack) link(scr screen, uri string, at groundwork.Position, text string) string {
	if !scr.links {
		return text
	}
	name := s.fileOf(uri)
	if name == "" {
		return text
	}
	target := linkTo(name, at.Line, os.Getenv)
	lines := strings.Split(text, "\n")
	for i, l := range lines {
		word := strings.TrimLeft(l, " ")
		lines[i] = l[:len(l)-len(word)] + "\x1b]8;;" + target + "\x1b\\" + word + "\x1b]8;;\x1b\\"
	}
	return strings.Join(lines, "\n")
}

// fileOf returns the file of a uri, or nothing where there is none by its name.
func (s *stack) fileOf(uri string) string {
	names := []string{uri}
	if raw, err := url.PathUnescape(uri); err == nil { // a name that is not valid UTF-8
		names = append(names, raw)
	}
	for _, n := range names {
		full := filepath.Join(s.corpus.root, filepath.FromSlash(n))
		if _, err := os.Lstat(full); err == nil {
			return full
		}
	}
	return ""
}

// linkTo returns the address of a line of a file, 0 for none. Only some
// terminals take a line; the host tells all others whether the file is theirs.
func linkTo(file string, line int, getenv func(string) string) string {
	u := url.URL{Scheme: "file", Path: filepath.ToSlash(file)}
	if host, rest, ok := strings.Cut(strings.TrimPrefix(u.Path, "//"), "/"); ok && strings.HasPrefix(u.Path, "//") {
		u.Host, u.Path = host, "/"+rest // a share
	} else if host, err := os.Hostname(); err == nil {
		u.Host = host
	}
	if !strings.HasPrefix(u.Path, "/") { // C:/…
		u.Host, u.Path = "", "/"+u.Path
	}
	switch {
	case line == 0:
	case getenv("TERM_PROGRAM") == "vscode" && getenv("SSH_CONNECTION") == "":
		u.Scheme, u.Host, u.Path = "vscode", "file", fmt.Sprintf("%s:%d", u.Path, line)
	case getenv("TERM") == "xterm-kitty" || getenv("KITTY_WINDOW_ID") != "":
		u.Fragment = strconv.Itoa(line)
	}
	return u.String()
}
