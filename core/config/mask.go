package config

import (
	"bytes"
	"regexp"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// mask makes the copy of the source that may be shown: every character of a
// secret is a star, and everything else is where it was.
func (s *source) mask() {
	s.masked = bytes.Clone(s.bytes)
	if s.json {
		s.maskJSON()
	} else {
		s.maskTokens()
	}
	for _, d := range s.damaged {
		s.maskDamage(d)
	}
	if s.broken {
		// What the structure does not tell, because there is none, the words may.
		for i := range s.lines {
			start, end, _ := s.line(i + 1)
			s.maskWords(start, end)
		}
	}
}

// hides reports whether anything in a range was starred out.
func (s *source) hides(at hcl.Range) bool {
	start, end := at.Start.Byte, min(max(at.End.Byte, at.Start.Byte+1), len(s.bytes))
	return start < end && !bytes.Equal(s.masked[start:end], s.bytes[start:end])
}

// star hides a part, but not the ends of its lines.
func (s *source) star(start, end int) {
	for i := start; i < end; i++ {
		if c := s.masked[i]; c != '\n' && c != '\r' {
			s.masked[i] = '*'
		}
	}
}

// hold hides a part that is a secret for certain.
func (s *source) hold(start, end int) {
	if start < end {
		s.held = append(s.held, s.at(start, end))
		s.star(start, end)
	}
}

// secret returns the first secret that is written in the file.
func (s *source) secret() (hcl.Range, bool) {
	if len(s.held) == 0 {
		return hcl.Range{}, false
	}
	return slices.MinFunc(s.held, func(a, b hcl.Range) int { return a.Start.Byte - b.Start.Byte }), true
}

// wordBefore finds the words of a line that something follows which they may
// introduce.
var wordBefore = regexp.MustCompile(`([A-Za-z0-9_-]+)["']?(?:[ \t]*[=:][ \t]*|[ \t]+)`)

// maskWords hides what follows the name of a secret on its line, unless it is a
// mere reference.
func (s *source) maskWords(start, end int) {
	line := s.bytes[start:end]
	for _, found := range wordBefore.FindAllSubmatchIndex(line, -1) {
		if isSecretName(string(line[found[2]:found[3]])) && !reference.Match(line[found[1]:]) {
			s.star(start+found[1], end)
			return
		}
	}
}

// reference is an expression that only names a value.
var reference = regexp.MustCompile(`^(var|local)(\.[A-Za-z0-9_-]+|\[[0-9]+\]|\[node\.name\])+[ \t]*(,|\}|#.*)?$`)

// maskDamage hides a line that could not be parsed and where a secret can be.
func (s *source) maskDamage(d damage) {
	inside := ""
	if len(d.enclosing) > 0 {
		inside = d.enclosing[len(d.enclosing)-1]
	}
	switch {
	case s.vars, d.word == "default", isSecretName(d.word), holdsSecrets(inside), holdsSecrets(d.word):
		start := d.start
		if i := bytes.Index(s.bytes[d.start:d.end], []byte(d.word)); i >= 0 {
			start += i + len(d.word)
		}
		if i := bytes.IndexAny(s.bytes[start:d.end], `=`); i >= 0 && len(bytes.TrimSpace(s.bytes[start:start+i])) == 0 {
			start += i + 1
		}
		rest := s.bytes[start:d.end]
		s.star(d.end-len(bytes.TrimLeft(rest, " \t")), d.end)
	}
}

// holdsSecrets reports whether a block of that name may have secrets in it.
func holdsSecrets(name string) bool {
	return name == "variable" || name == "locals" || name == "authentication" || name == "auth_hmac"
}

// maskTokens hides the parts of the native syntax that hold secrets.
func (s *source) maskTokens() {
	tokens, _ := hclsyntax.LexConfig(s.work, s.name, hcl.InitialPos)
	for i, token := range tokens {
		switch token.Type {
		case hclsyntax.TokenComment, hclsyntax.TokenStringLit, hclsyntax.TokenQuotedLit:
			s.maskLines(token.Range)
		}
		if i+1 == len(tokens) || tokens[i+1].Type != hclsyntax.TokenEqual && tokens[i+1].Type != hclsyntax.TokenColon {
			continue
		}
		if isSecretName(assigned(tokens, i)) {
			s.maskRun(tokens[i+2 : endOfValue(tokens, i+2)])
		}
	}
	for _, at := range s.secrets {
		from, _ := slices.BinarySearchFunc(tokens, at.Start.Byte, func(token hclsyntax.Token, offset int) int {
			return token.Range.Start.Byte - offset
		})
		to := from
		for to < len(tokens) && tokens[to].Range.End.Byte <= at.End.Byte {
			to++
		}
		s.maskRun(tokens[from:to])
	}
}

// maskLines applies maskWords to the lines of a comment or of text.
func (s *source) maskLines(at hcl.Range) {
	for start := at.Start.Byte; start < at.End.Byte; {
		end := at.End.Byte
		if i := bytes.IndexByte(s.bytes[start:end], '\n'); i >= 0 {
			end = start + i
		}
		s.maskWords(start, end)
		start = end + 1
	}
}

// assigned returns the name that is assigned to by what follows token i, which
// may be in quotes.
func assigned(tokens hclsyntax.Tokens, i int) string {
	switch {
	case tokens[i].Type == hclsyntax.TokenIdent:
		return string(tokens[i].Bytes)
	case tokens[i].Type == hclsyntax.TokenCQuote && i > 0 && tokens[i-1].Type == hclsyntax.TokenQuotedLit:
		return string(tokens[i-1].Bytes)
	}
	return ""
}

// endOfValue returns the index of the token that ends the value that begins at
// token i.
func endOfValue(tokens hclsyntax.Tokens, i int) int {
	level := 0
	for ; i < len(tokens); i++ {
		switch tokens[i].Type {
		case hclsyntax.TokenOBrace, hclsyntax.TokenOBrack, hclsyntax.TokenOParen, hclsyntax.TokenOQuote,
			hclsyntax.TokenOHeredoc, hclsyntax.TokenTemplateInterp, hclsyntax.TokenTemplateControl:
			level++
		case hclsyntax.TokenCBrace, hclsyntax.TokenCBrack, hclsyntax.TokenCParen, hclsyntax.TokenCQuote,
			hclsyntax.TokenCHeredoc, hclsyntax.TokenTemplateSeqEnd:
			level--
			if level < 0 {
				return i
			}
		case hclsyntax.TokenNewline, hclsyntax.TokenComma:
			if level == 0 {
				return i
			}
		case hclsyntax.TokenComment:
			if level == 0 && bytes.HasSuffix(tokens[i].Bytes, []byte("\n")) {
				return i + 1 // it ends the line as well
			}
		case hclsyntax.TokenEOF:
			return i
		}
	}
	return i
}

// maskRun hides everything in an expression that somebody made up: text,
// numbers, comments, and words that name nothing. What is left says how the
// value is put together.
func (s *source) maskRun(run hclsyntax.Tokens) {
	named := 0 // the parenthesis after env or file, whose argument is no secret
	for i, token := range run {
		switch token.Type {
		case hclsyntax.TokenOParen:
			if named > 0 || i > 0 && (string(run[i-1].Bytes) == "env" || string(run[i-1].Bytes) == "file") {
				named++
			}
		case hclsyntax.TokenCParen:
			named = max(0, named-1)
		case hclsyntax.TokenQuotedLit, hclsyntax.TokenStringLit, hclsyntax.TokenNumberLit:
			if named == 0 {
				s.hold(token.Range.Start.Byte, token.Range.End.Byte)
			}
		case hclsyntax.TokenComment, hclsyntax.TokenInvalid, hclsyntax.TokenBadUTF8:
			s.star(token.Range.Start.Byte, token.Range.End.Byte)
		case hclsyntax.TokenIdent:
			if !isName(run, i) {
				s.star(token.Range.Start.Byte, token.Range.End.Byte)
			}
		}
	}
}

// isName reports whether a word in an expression names something: a root or what
// follows it, a function, a key of a map, or a word of the language.
func isName(run hclsyntax.Tokens, i int) bool {
	word := string(run[i].Bytes)
	switch word {
	case "var", "local", "node", "true", "false", "null", "for", "in", "if":
		return true
	}
	if i > 1 && run[i-1].Type == hclsyntax.TokenDot {
		return run[i-2].Type != hclsyntax.TokenIdent || isName(run, i-2)
	}
	if i+1 == len(run) {
		return false
	}
	switch run[i+1].Type {
	case hclsyntax.TokenOParen:
		return slices.Contains(functionNames(), word)
	case hclsyntax.TokenEqual, hclsyntax.TokenColon:
		return true
	}
	return false
}
