// Package config turns what an operator wrote into a validated, immutable
// [Config], or into every reason why it cannot.
//
//	paths ──► sources ──► blocks ──► names ───► settings ──► checks ──► Config
//	files.go  source.go   block.go   scope.go   setting.go   check.go
//	          syntax.go   schema.go  variables  agent.go         └────► Report
//	          depth.go    words.go   locals     router.go…               text, json
//
// A file is parsed although it has syntax errors, as far as its structure can
// be trusted, so that one mistake does not hide the next. Blocks are compared
// with the tables in schema.go; a name that is not there is looked up among
// keepalived's words and the names that are reserved (words.go, words/*.txt).
// Then variables and locals get their values, attributes are converted one by
// one, and what must fit together is checked last.
//
// What a tracker or notify block may hold depends on its type, and the types of
// plugins are not known before their plugins were asked. So the files are read once
// (draft.go); the draft says what it needs, whoever can run plugins finds that out
// (plugin.go), and the draft is loaded with it.
//
// A new kind of block is a shape in schema.go, and a line in the table of
// load.go that says which function reads it.
//
// Secrets are values of sensitive variables, everything a password attribute is
// made of, and what those expressions refer to. Their values carry a mark that
// keeps them out of messages, and their characters are starred out of every
// source line that a Report shows (secrets.go).
//
// The package reads the files it is told to read, and nothing else. It opens no
// socket, looks at no interface, starts no plugin, keeps no state and has no opinion about
// whether a valid configuration is a wise one, beyond its warnings.
package config
