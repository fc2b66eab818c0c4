package config

import (
	"bytes"
	"regexp"
	"slices"
	"sort"

	"github.com/hashicorp/hcl/v2"
)

// conceal stars out an expression that is a secret.
func (s *source) conceal(at hcl.Range) {
	if at.End.Byte >= at.Start.Byte { // the parser has other ranges where a broken file ends
		s.concealPart(at.Start.Byte, at.End.Byte)
	}
}

// concealPart stars out a secret, unless it only says where the secret comes
// from. The first one that is written in the file is remembered for a warning.
func (s *source) concealPart(start, end int) {
	text := s.bytes[start:end]
	if origin.Match(text) {
		return
	}
	if bytes.ContainsAny(text, `"<0123456789`) && (s.secretEnd == 0 || start < s.secretStart) {
		s.secretStart, s.secretEnd = start, end
	}
	s.star(start, end)
}

// origin is an expression that only says where a value comes from, perhaps with
// a function around it, and in JSON in a template.
var (
	leaf       = `(?:(?:var|local)(?:\.[A-Za-z0-9_-]+|\[[0-9]+\]|\[node\.name\])+|(?:env|file)\(\\?"[^"\\$%]*\\?"\))`
	call       = `(?:` + leaf + `|[a-z]+\(` + leaf + `\))`
	origin     = regexp.MustCompile(`^(?:"\$\{` + call + `\}"|` + call + `)$`)
	originLine = regexp.MustCompile(`^(?:(?:"\$\{` + call + `\}"|` + call + `)[ \t,}]*|\{[ \t]*)(?:\r?\n|$)`)
)

// star hides a part, but not the ends of its lines, nor the quotes around it.
func (s *source) star(start, end int) {
	if end-start > 1 && s.bytes[start] == '"' && s.bytes[end-1] == '"' {
		start, end = start+1, end-1
	}
	for i := start; i < end; i++ {
		if c := s.masked[i]; c != '\n' && c != '\r' {
			s.masked[i] = '*'
		}
	}
}

// hides reports whether anything in a range was starred out.
func (s *source) hides(at hcl.Range) bool {
	start, end := at.Start.Byte, min(max(at.End.Byte, at.Start.Byte+1), len(s.bytes))
	return start < end && !bytes.Equal(s.masked[start:end], s.bytes[start:end])
}

// concealBody hides what an authentication block says, whatever the names are:
// any of them may be a misspelt password.
func (s *source) concealBody(body hcl.Body) {
	attributes, _ := body.JustAttributes()
	for name, attr := range attributes {
		if name != "type" && name != "password_file" {
			s.conceal(attr.Expr.Range())
		}
	}
}

// assignment is a name and what introduces its value: in text and in comments,
// and where nothing can be parsed, a space may do.
var assignment = regexp.MustCompile(`([A-Za-z0-9_-]+)["']?(\s*[=:]\s*|[ \t]+)`)

// declaration is how the value begins if the name is that of a variable, in JSON.
var declaration = regexp.MustCompile(`^\{\s*("(default|sensitive|description)"|\})`)

// concealNames hides what is assigned to the names of secrets, wherever they
// are: in maps, in blocks that are not ours, in comments, in files that do not
// parse. In those, nothing else says which default and which variable is one.
func (s *source) concealNames() {
	end := 0
	for _, found := range assignment.FindAllSubmatchIndex(s.bytes, -1) {
		name, start := string(s.bytes[found[2]:found[3]]), found[1]
		if start < end || !isSecretName(name) && !(s.broken && (s.vars || name == "default")) {
			continue
		}
		assigned := bytes.ContainsAny(s.bytes[found[4]:found[5]], "=:")
		line := s.bytes[s.lines[sort.SearchInts(s.lines, found[2]+1)-1]:found[2]]
		loose := s.broken || !s.json && bytes.ContainsAny(line, "#/*") // perhaps a comment
		switch rest := s.bytes[start:]; {
		case !assigned && !loose, s.json && declaration.Match(rest), loose && !s.json && originLine.Match(rest):
		case loose:
			end = s.endOfValue(start, true)
			s.star(start, end)
		default:
			end = s.endOfValue(start, false)
			s.concealPart(start, end)
		}
	}
}

// token matches a string, which ends with its line at the latest, a bracket, the
// end of an element or of a line, or anything else. Where nothing can be parsed
// there are tokens too.
var token = regexp.MustCompile(`"(\\.|[^"\\\n])*"?|[][(){},\n]|[^][(){}:=," \t\r\n]+`)

var (
	plainString = regexp.MustCompile(`^"(?:\\.|[^"\\\n])*"[ \t]*([,}\r\n]|$)`)
	heredoc     = regexp.MustCompile(`^<<-?([A-Za-z0-9_-]+)\r?\n`)
)

// endOfValue returns where a value ends: in JSON where it does, otherwise with
// the line, or with the line on which the last of its brackets is closed.
func (s *source) endOfValue(start int, wholeLine bool) int {
	rest := s.bytes[start:]
	if found := plainString.FindSubmatchIndex(rest); found != nil && !s.json && !wholeLine {
		return start + len(bytes.TrimRight(rest[:found[2]], " \t"))
	}
	if found := heredoc.FindSubmatch(rest); found != nil {
		if end := regexp.MustCompile(`\n[ \t]*` + string(found[1]) + `[ \t\r]*(\n|$)`).FindIndex(rest); end != nil {
			return start + end[1]
		}
		return len(s.bytes)
	}
	level, end := 0, 0
	for found := token.FindIndex(rest); found != nil; found = token.FindIndex(rest[end:]) {
		next := end + found[0]
		end += found[1]
		switch rest[next] {
		case '{', '[', '(':
			level++
		case '}', ']', ')':
			level--
		}
		switch {
		case level < 0 && s.json:
			return start + next
		case level <= 0 && s.json && rest[next] != '\n':
			return start + end
		case level <= 0 && rest[next] == '\n':
			return start + len(bytes.TrimRight(rest[:next], " \t\r"))
		}
	}
	return len(s.bytes)
}

// holders are the blocks in which a line that cannot be parsed may be a secret.
var holders = []string{"variable", "locals", "authentication", "auth_hmac"}

// concealDamage hides what follows the first word of a line that is in no block,
// if a secret can be there.
func (s *source) concealDamage(d damage) {
	holds := slices.ContainsFunc(append(d.enclosing, d.word), func(name string) bool { return slices.Contains(holders, name) })
	if holds || s.vars || isSecretName(d.word) {
		line := s.bytes[d.start:d.end]
		rest := bytes.TrimPrefix(bytes.TrimLeft(line, " \t"), []byte(d.word))
		rest = bytes.TrimLeft(bytes.TrimPrefix(bytes.TrimLeft(rest, " \t"), []byte("=")), " \t")
		s.star(d.end-len(rest), d.end)
	}
}
