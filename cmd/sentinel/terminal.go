package main

import (
	"os"
	"slices"
	"strings"

	"golang.org/x/term"

	"github.com/sentinel-ha/sentinel/sdk/legible"
)

// defaultWidth wraps text where there is no terminal to ask.
const defaultWidth = 100

// terminal reports how to write to f: in colour only on a terminal and never
// with NO_COLOR (no-color.org), and how wide.
func (env *environment) terminal(f *os.File) (color bool, width int) {
	if !term.IsTerminal(int(f.Fd())) {
		return false, defaultWidth
	}
	noColor := slices.ContainsFunc(env.environ, func(entry string) bool {
		value, found := strings.CutPrefix(entry, "NO_COLOR=")
		return found && value != ""
	})
	width, _, err := term.GetSize(int(f.Fd()))
	if err != nil || width <= 0 {
		width = defaultWidth
	}
	return !noColor, width
}

// oneLine keeps what a plugin says, or the name of a file, from commanding the
// terminal and from passing for another line of ours.
func oneLine(text string) string { return legible.Printable(text, "") }

// inLines is oneLine for what may have several.
func inLines(text string) string { return legible.Printable(text, "\n\t") }
