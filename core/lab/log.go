package lab

import (
	"bufio"
	"fmt"
	"io"
	"regexp"
	"strings"
	"time"
)

// Line is a line that a process has printed.
type Line struct {
	At   time.Time // when it was read
	Text string
}

// Log is what a process has printed on its standard output and standard error.
type Log struct {
	lab   *Lab
	lines *journal[Line]
}

const (
	logLimit  = 1 << 15 // lines that are remembered
	lineLimit = 1 << 16 // bytes; what comes after them in a line begins a new one
)

// Lines returns what was printed, oldest first.
func (g *Log) Lines() []Line { return g.lines.all() }

// String returns what was printed, each line with its time.
func (g *Log) String() string {
	var text strings.Builder
	for _, line := range g.Lines() {
		fmt.Fprintf(&text, "%s %s\n", line.At.Format("15:04:05.000000"), line.Text)
	}
	return text.String()
}

// Wait returns the first line that matches a regular expression, among those
// there are and those to come.
func (g *Log) Wait(pattern string, timeout time.Duration) (Line, error) {
	return g.WaitSince(time.Time{}, pattern, timeout)
}

// WaitSince is like Wait but ignores the lines before a time.
func (g *Log) WaitSince(since time.Time, pattern string, timeout time.Duration) (Line, error) {
	expression, err := regexp.Compile(pattern)
	if err != nil {
		return Line{}, err
	}
	ctx, cancel := g.lab.until(timeout)
	defer cancel()
	line, err := g.lines.wait(ctx, func(line Line) bool {
		return !line.At.Before(since) && expression.MatchString(line.Text)
	})
	return line, g.lab.waitError(err, timeout, fmt.Sprintf("a line that matches %q", pattern))
}

// read takes lines until the last process that can print has ended.
func (g *Log) read(r io.ReadCloser) {
	defer r.Close()
	lines := bufio.NewReaderSize(r, lineLimit)
	for {
		text, _, err := lines.ReadLine()
		if err != nil {
			return
		}
		g.lines.add(Line{time.Now(), string(text)})
	}
}
