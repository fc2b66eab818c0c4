// Package config turns what an operator wrote into a validated, immutable
// [Config], or into every reason why it cannot.
//
//	paths ──► sources ──► blocks ──► names ──► settings ──► checks ──► Config
//	          files.go    shape.go   scope.go  setting.go   check.go
//	          source.go   names.go   secrets   agent, router…
//	          repair.go                                     └──► Report
//
// A file is parsed although it has syntax errors, as far as its structure can
// be trusted, so that one mistake does not hide the next. Blocks are compared
// with the tables in shapes.go; a name that is not there is looked up among
// keepalived's words (keepalived.go) and the names that are reserved (later.go).
// Then variables and locals get their values, attributes are converted one by
// one, and what must fit together is checked last.
//
// Secrets are values of sensitive variables, everything a password attribute is
// made of, and what those expressions refer to. Their values carry a mark that
// keeps them out of messages, and their characters are starred out of every
// source line that a Report shows.
//
// The package reads the files it is told to read, and nothing else. It opens no
// socket, looks at no interface, keeps no state and has no opinion about
// whether a valid configuration is a wise one, beyond its warnings.
package config
