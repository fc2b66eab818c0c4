//go:build race

package main

// slowdown stretches every interval: the race detector makes agents several
// times slower, and what they run beside here keeps its own time.
const slowdown = 3
