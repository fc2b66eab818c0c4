package plugintest

// Typed is for tests.
var Typed = typed
