package lab_test

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"

	"github.com/sentinel-ha/sentinel/core/lab"
)

// programVariable makes the test binary be one of the programs.
const programVariable = "LAB_TEST_PROGRAM"

// programs are small users of a lab, to be started, signalled and killed.
var programs = map[string]func(){
	"status":  func() { enter(); os.Exit(42) },
	"suicide": func() { enter(); _ = syscall.Kill(os.Getpid(), syscall.SIGKILL); select {} },
	"copy":    func() { enter(); _, _ = io.Copy(os.Stdout, os.Stdin) },
	"look":    look,
	"signals": waitForSignals,
	"hold":    hold,
	"forbid":  forbid,
}

// command is the test binary as a program that has not entered a lab.
func command(name string, env ...string) *exec.Cmd {
	cmd := exec.Command("/proc/self/exe")
	for _, variable := range os.Environ() {
		if !strings.HasPrefix(variable, "SENTINEL_LAB_") {
			cmd.Env = append(cmd.Env, variable)
		}
	}
	// The race detector would let each process sleep for a second at its end.
	cmd.Env = append(append(cmd.Env, programVariable+"="+name, "GORACE=atexit_sleep_ms=0"), env...)
	return cmd
}

func enter() {
	if err := lab.Enter(); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

func must[T any](value T, err error) T {
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	return value
}

// look tells what it sees of the machine from inside.
func look() {
	enter()
	fmt.Println("net", must(os.Readlink("/proc/self/ns/net")))
	fmt.Println("links", len(must(os.ReadDir("/proc/sys/net/ipv4/conf")))-2) // without all and default
	fmt.Println("run", len(must(os.ReadDir("/run"))))
	fmt.Println("uid", os.Getuid())
}

// waitForSignals prints each signal and ends with the last one it is sent.
func waitForSignals() {
	enter()
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGHUP, syscall.SIGUSR1, syscall.SIGTERM)
	fmt.Println("ready")
	for s := range signals {
		fmt.Println(s)
		if s == syscall.SIGTERM {
			os.Exit(3)
		}
	}
}

// hold keeps a lab open in which stubborn processes run.
func hold() {
	enter()
	l := must(lab.New(context.Background()))
	for _, name := range []string{"a", "b"} {
		n := must(l.AddNode(name, lab.At()))
		must(n.Start(lab.Command{Path: "setsid", Args: []string{"sh", "-c", `trap "" TERM HUP INT; while :; do sleep 0.1; done`}}))
		if _, err := lab.KeepalivedVersion(); err == nil {
			must(n.Keepalived("vrrp_instance V {\n interface eth0\n virtual_router_id 1\n virtual_ipaddress {\n 10.0.0.1\n }\n}\n"))
		}
		must(0, n.Do(func() error {
			fmt.Println("net", must(os.Readlink("/proc/thread-self/ns/net")))
			fmt.Println("mnt", must(os.Readlink("/proc/thread-self/ns/mnt")))
			return nil
		}))
	}
	fmt.Println("ready", os.Getpid())
	select {}
}

// forbid, which is root in a user namespace, ends the making of user namespaces
// below it, and then is an ordinary user who tries.
func forbid() {
	must(0, os.WriteFile("/proc/sys/user/max_user_namespaces", []byte("0"), 0))
	must(0, syscall.Setgroups(nil))
	must(0, syscall.Setgid(anybody))
	must(0, syscall.Setuid(anybody))
	must(0, os.Setenv(programVariable, "status"))
	must(0, syscall.Exec("/proc/self/exe", os.Args, os.Environ()))
}

// run runs a command to its end and returns what it printed and its status.
func run(t *testing.T, cmd *exec.Cmd) (string, int) {
	t.Helper()
	output, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return string(output), cmd.ProcessState.ExitCode()
}
