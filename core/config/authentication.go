package config

import (
	"bytes"
	"fmt"

	"github.com/sentinel-ha/sentinel/core/packet"
	"github.com/sentinel-ha/sentinel/sdk/repair"
)

// readAuthentication reads an authentication block. Nothing it reports quotes a
// password, or says how long one is beyond what is needed.
func (r *router) readAuthentication(b *block) {
	r.auth = require(b, "type", `Write type = "simple_text", which is what keepalived calls PASS.`, authenticationType).value
	inline, file := b.attributes["password"], b.attributes["password_file"]
	switch {
	case inline != nil && file != nil:
		b.report.errorf(file.NameRange, "Two passwords", "There is a password at %s already. Keep one of the two.", place(inline.NameRange))
	case inline == nil && file == nil:
		b.missing("password", `Write password = var.password, or password_file = "vrrp.password".`)
	case inline != nil:
		r.password = read(b, "password", packet.Password{}, password).value
	default:
		r.password = read(b, "password_file", packet.Password{}, b.passwordFile).value
	}
}

// authenticationType takes simple_text, and knows keepalived's words.
func authenticationType(v value) (packet.AuthType, string) {
	const simple = `Write type = "simple_text".`
	const noAH = "AH is never supported: it is broken, and was removed from the protocol. Remove the authentication block, here and on the other routers."
	return choice([]string{"simple_text"}, []packet.AuthType{packet.AuthSimpleText}, map[string]string{
		"pass": simple, "PASS": simple, "simple": simple, "text": simple, "ah": noAH, "AH": noAH, "none": "Remove the authentication block.",
	})(v)
}

// password takes 1 to 8 bytes (RFC 2338 section 5.3.10).
func password(v value) (packet.Password, string) {
	written, wrong := text(v)
	if wrong != "" {
		return packet.Password{}, "A password is text. Write it in quotes, which also keeps the zeros that it begins with."
	}
	return toPassword([]byte(written), "Use password_file, or trimspace(file(...)).")
}

// passwordFile takes the path of a file that holds the password. One line break
// at its end is no part of it.
func (b *block) passwordFile(v value) (packet.Password, string) {
	path, wrong := b.path(v)
	if wrong != "" {
		return packet.Password{}, wrong
	}
	content, info, err := readValue(path)
	switch {
	case err != nil && v.hidden:
		return packet.Password{}, "The file cannot be read. Its name is hidden, because a password is made of it."
	case err != nil:
		return packet.Password{}, fmt.Sprintf("The file cannot be read: %v.", reason(path, err))
	}
	if readable(info) {
		b.report.warnf(v.at, "Secret readable by others", "Every user of this machine can read %s. Take the right away:%s", path, toType(repair.Shell("chmod", "o-r", path)))
	}
	line, _ := bytes.CutSuffix(content, []byte("\n"))
	if len(line) < len(content) {
		line = bytes.TrimSuffix(line, []byte("\r"))
	}
	return toPassword(line, "The file holds one line and nothing else.")
}

// toPassword checks a password. The advice is what to do about a line break.
func toPassword(written []byte, advice string) (packet.Password, string) {
	var p packet.Password
	switch {
	case len(written) == 0:
		return p, "The password is empty. It has 1 to 8 bytes."
	case bytes.ContainsAny(written, "\r\n"):
		return p, fmt.Sprintf("There is a line break in the password. %s", advice)
	case bytes.IndexByte(written, 0) >= 0:
		return p, "There is a zero byte in the password, where others would see its end."
	case len(written) > len(p):
		return p, fmt.Sprintf("The password has %d bytes, and the protocol has room for %d. keepalived cuts a longer one off: its first %[2]d bytes would be understood by such peers.", len(written), len(p))
	}
	copy(p[:], written)
	return p, ""
}
