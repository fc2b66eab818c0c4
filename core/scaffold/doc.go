// Package scaffold writes a new plugin to start from: a module of its own that
// builds, passes its test and does something sensible.
//
// What is written are the templates in this directory: those of tracker or notify,
// and those of common. It runs nothing and downloads nothing.
package scaffold
