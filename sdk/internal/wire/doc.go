// Package wire is the contract of package sdk as messages.
//
// The messages and services are generated from sdk/plugin.proto, which is their
// documentation and is meant for every language. What is written by hand here
// translates between them and the types of package sdk, and believes nothing:
// what cannot be translated is an error, never a guess.
//
// It starts no process and opens no connection; sdk/serve and sdk/host do.
package wire

//go:generate go test -run TestGenerated -update .
