package main

import (
	"flag"
	"os"
	"syscall"
	"testing"

	"github.com/sentinel-ha/sentinel/core/agent"
	"github.com/sentinel-ha/sentinel/core/lab"
	"github.com/sentinel-ha/sentinel/core/lab/labtest"
)

// programVariable makes the test binary be the program: what runs in the nodes is
// main itself, and nothing has to be built or installed for the tests.
const programVariable = "SENTINEL_E2E_MAIN"

// noSleep keeps the race detector from letting each process sleep for a second at
// its end.
const noSleep = "GORACE=atexit_sleep_ms=0"

func TestMain(m *testing.M) {
	// A plugin is this program too, and has no variables.
	dropIn, isDropIn := pluginType(os.Args[0])
	isPlugin := isDropIn || len(os.Args) > 1 && os.Args[1] == agent.ServeCommand
	if isPlugin && slowdown > 1 && os.Getenv("GORACE") == "" {
		panic(syscall.Exec("/proc/self/exe", os.Args, append(os.Environ(), noSleep)))
	}
	if os.Getenv(programVariable) == "1" || len(os.Args) > 1 && os.Args[1] == agent.ServeCommand {
		main()
	}
	if isDropIn {
		serveByName(dropIn)
	}
	flag.Parse()
	// The tests wait far more than they compute, each for nodes of its own.
	if err := flag.Set("test.parallel", "6"); err != nil {
		panic(err)
	}
	labtest.Main(m)
}

// sentinel is a command of the program, to be started in a node.
func sentinel(args ...string) lab.Command {
	program, err := os.Executable()
	if err != nil {
		panic(err)
	}
	return lab.Command{
		Path: program,
		Args: args,
		Env:  []string{programVariable + "=1", noSleep},
	}
}
