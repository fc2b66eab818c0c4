//go:build !race

package main

// slowdown stretches every interval; see race_test.go.
const slowdown = 1
