// Package repair is about mistakes that one command puts right. Whoever shows such
// an error can show the command by itself, so that it can be copied in one piece:
// half of a command may be another command.
//
// The package runs nothing.
package repair

import (
	"errors"
	"strings"
)

// Error is a mistake, and the command that repairs it.
type Error struct {
	// Problem says what is wrong.
	Problem string
	// Command is what to type, word by word.
	Command []string
}

// Error implements error: all of it on one line.
func (e *Error) Error() string { return e.Problem + separator + Shell(e.Command...) }

// separator is between a problem and its command.
const separator = ": "

// Split returns what an error says, and apart from it the command that repairs it:
// that of an [Error] in its chain. The command is empty if there is none.
func Split(err error) (problem, command string) {
	e, ok := errors.AsType[*Error](err)
	if !ok {
		return err.Error(), ""
	}
	command = Shell(e.Command...)
	return strings.TrimSuffix(err.Error(), separator+command), command
}

// Shell returns a command as a shell understands it.
func Shell(words ...string) string {
	var typed []string
	for _, word := range words {
		if word == "" || strings.Trim(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+@%:,=") != "" {
			word = "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
		}
		typed = append(typed, word)
	}
	return strings.Join(typed, " ")
}
