package demo

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"
)

// printer writes to a terminal, or to something that is none.
type printer struct {
	mu    sync.Mutex // guards w
	w     io.Writer
	color bool
}

// The attributes of a terminal that are used.
const (
	bold   = "1"
	dim    = "2"
	red    = "31"
	green  = "32"
	yellow = "33"
)

func (p *printer) paint(attribute, text string) string {
	if !p.color {
		return text
	}
	return "\x1b[" + attribute + "m" + text + "\x1b[0m"
}

func (p *printer) printf(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	fmt.Fprintf(p.w, format, args...)
}

// heading begins a chapter.
func (p *printer) heading(text string) { p.printf("\n%s\n", p.paint(bold, text)) }

// say prints an indented line.
func (p *printer) say(format string, args ...any) { p.printf("  "+format+"\n", args...) }

// ms prints a duration in milliseconds, with a digit after the point below 100.
func ms(d time.Duration) string {
	if d < 100*time.Millisecond {
		return strings.TrimSuffix(fmt.Sprintf("%.1f", d.Seconds()*1000), ".0") + " ms"
	}
	return fmt.Sprintf("%.0f ms", d.Seconds()*1000)
}
