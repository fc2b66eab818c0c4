// Package api is the agent's control socket: HTTP with JSON over a Unix socket in
// the runtime directory.
//
//	GET /v1/status          what everything is, and why: [Status]
//	GET /v1/explain?name=N  the story of one instance: [Explanation]
//	POST /v1/reload         read the configuration again: [Reload]
//
// The documents here are the contract with whoever reads them. A schema's number
// changes when a field changes its meaning or goes; fields may be added. Times
// are RFC 3339 with nanoseconds, durations are strings, and what is absent is
// null. No secret is in any of them.
package api
