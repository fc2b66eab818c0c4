package host_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/sentinel-ha/sentinel/sdk"
	"github.com/sentinel-ha/sentinel/sdk/host"
	"github.com/sentinel-ha/sentinel/sdk/serve"
)

// role is the variable that makes the test's binary a plugin of that name.
const role = "TEST_ROLE"

// race keeps a plugin that is built with the race detector from sleeping for a
// second when it exits.
const race = "GORACE=atexit_sleep_ms=0"

func TestMain(m *testing.M) {
	if name := os.Getenv(role); name != "" {
		if b := bares[name]; b != nil {
			serveBare(b)
		}
		plugins[name]()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// plugins are the programs that the test's binary can be.
var plugins = map[string]func(){
	"good": good,
	"garbage": func() {
		fmt.Print("Welcome to the plugin\n\nloading 1|2|3\n")
		fmt.Fprintln(os.Stderr, "starting up")
		good()
	},
	"too much garbage": func() {
		for range 100 {
			fmt.Println("la la la")
		}
		select {}
	},
	"endless garbage": func() {
		for {
			fmt.Print(strings.Repeat("x", 1<<16))
		}
	},
	"silent": func() {
		fmt.Fprintln(os.Stderr, "thinking")
		select {}
	},
	"dies": func() {
		fmt.Fprintln(os.Stderr, "cannot open /etc/secret")
		os.Exit(3)
	},
	"panics": func() { deep(30) },
	"newer": func() {
		fmt.Printf("1|7|unix|%s/socket|grpc\n", os.Getenv("PLUGIN_UNIX_SOCKET_DIR"))
		select {}
	},
	"elsewhere": func() {
		fmt.Print("1|1|unix|/tmp/socket|grpc\n")
		select {}
	},
	"tcp": func() {
		fmt.Print("1|1|tcp|127.0.0.1:1|grpc\n")
		select {}
	},
	"host": hostOfOne,
	"deaf": func() {
		fmt.Printf("1|1|unix|%s/socket|grpc\n", os.Getenv("PLUGIN_UNIX_SOCKET_DIR"))
		select {}
	},
}

// deep panics with a stack that is longer than what is kept of a plugin's output.
func deep(n int) {
	if n == 0 {
		panic("all of it")
	}
	deep(n - 1)
}

func good() {
	serve.Main("1.2.3", serve.Tracker(checkFile), serve.Tracker(watchNumbers), serve.Tracker(trouble), serve.Notifier(remember))
}

type fileConfig struct {
	Path string `sentinel:"path,required" doc:"file that must be there"`
}

// Validate implements what package sdk asks for.
func (c *fileConfig) Validate() error {
	if !strings.HasPrefix(c.Path, "/") {
		return sdk.At("path", errors.New("must be absolute"))
	}
	return nil
}

var checkFile = sdk.Check("file", "a file that is there", func(_ context.Context, c fileConfig) sdk.Result {
	if _, err := os.Stat(c.Path); err != nil {
		return sdk.Fail("%v", err)
	}
	return sdk.Pass("%s is there", c.Path)
})

type numbersConfig struct {
	Count int           `sentinel:"count" default:"3" min:"1"`
	Pause time.Duration `sentinel:"pause" default:"1ms"`
}

var watchNumbers = sdk.Watch("numbers", "counts", func(ctx context.Context, c numbersConfig, report func(sdk.Result)) error {
	for i := range c.Count {
		report(sdk.Measured(int64(i+1), "number %d", i+1))
		time.Sleep(c.Pause)
	}
	<-ctx.Done()
	return nil
}, sdk.Measures())

type troubleConfig struct {
	Do string `sentinel:"do,required"`
}

// trouble does what a plugin should not.
var trouble = sdk.Check("trouble", "does what it should not", func(ctx context.Context, c troubleConfig) sdk.Result {
	switch c.Do {
	case "panic":
		panic("oops")
	case "crash":
		go func() { panic("all of it") }()
		select {}
	case "exit":
		os.Exit(4)
	case "hang":
		time.Sleep(time.Hour)
	case "flood":
		line := []byte(strings.Repeat("x", 99) + "\n")
		for range 20_000 {
			_, _ = os.Stderr.Write(line)
		}
		return sdk.Pass("flooded")
	case "flood without end":
		block := []byte(strings.Repeat("y", 1<<16))
		for range 300 {
			_, _ = syscall.Write(2, block)
		}
		return sdk.Pass("flooded")
	case "child":
		child := exec.Command("/bin/sleep", "1000")
		child.Stdout, child.Stderr = os.Stdout, os.Stderr
		if err := child.Start(); err != nil {
			return sdk.CannotTell("%v", err)
		}
		return sdk.Pass("%d", child.Process.Pid)
	case "escaped child":
		child := exec.Command("/bin/sleep", "20")
		child.Stdout, child.Stderr = os.Stdout, os.Stderr
		child.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
		if err := child.Start(); err != nil {
			return sdk.CannotTell("%v", err)
		}
		return sdk.Pass("%d", child.Process.Pid)
	case "environment":
		return sdk.Pass("%s", strings.Join(os.Environ(), " "))
	case "who":
		directory, _ := os.Getwd()
		return sdk.Pass("%d %d in %s", os.Getuid(), os.Getgid(), directory)
	case "print":
		fmt.Println("said to standard output")
		fmt.Fprintln(os.Stderr, "said to standard error")
		slog.Warn("said to the log", "number", 7)
		_, _ = syscall.Write(1, []byte("written to descriptor 1\n"))
		_, _ = syscall.Write(2, []byte(`{"@message": 42}`+"\n"))
		return sdk.Pass("said")
	case "goroutines":
		return sdk.Pass("%d", runtime.NumGoroutine())
	}
	return sdk.CannotTell("do what?")
})

// enough makes the name of the file that ends a delivery that waits.
const enough = ".enough"

type rememberConfig struct {
	File string `sentinel:"file,required"`
	Do   string `sentinel:"do"`
}

var remember = sdk.Notify("remember", "appends to a file", func(ctx context.Context, c rememberConfig, e sdk.Event) error {
	switch c.Do {
	case "reject":
		return sdk.Reject(errors.New("never"))
	case "later":
		return sdk.RetryAfter(errors.New("busy"), time.Minute)
	case "panic":
		panic("oops")
	case "hang":
		<-ctx.Done()
		return ctx.Err()
	case "slow":
		time.Sleep(300 * time.Millisecond)
	case "wait":
		fmt.Fprintln(os.Stderr, "at work")
		for _, err := os.Stat(c.File + enough); err != nil; _, err = os.Stat(c.File + enough) {
			time.Sleep(time.Millisecond)
		}
	case "ignore":
		time.Sleep(time.Hour)
	case "prompt":
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	f, err := os.OpenFile(c.File, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = fmt.Fprintf(f, "%s %s->%s %s\n", e.ID, e.From, e.To, strings.Join(e.Addresses, ","))
	return err
})

// options make the test's binary a plugin.
func options(t *testing.T, name string) host.Options {
	t.Helper()
	directory, err := os.MkdirTemp("", "sn") // the path of a socket is short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		left, _ := os.ReadDir(directory)
		if len(left) > 0 {
			t.Errorf("%d files are left in the runtime directory", len(left))
		}
		os.RemoveAll(directory)
	})
	return host.Options{
		Name: "probe", Program: host.Self(), RuntimeDir: directory, Environment: []string{role + "=" + name, race},
		Log: slog.New(slog.NewTextHandler(outputOf(t), &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
}

// output is where a plugin's lines go until its test is over. The last of them can
// come after that.
type output struct {
	mu sync.Mutex
	to io.Writer // guarded by mu
}

func outputOf(t *testing.T) *output {
	o := &output{to: t.Output()}
	t.Cleanup(func() {
		o.mu.Lock()
		defer o.mu.Unlock()
		o.to = io.Discard
	})
	return o
}

func (o *output) Write(text []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.to.Write(text)
}

// launched launches the test's binary as a plugin until the test is over.
func launched(t *testing.T, o host.Options) *host.Plugin {
	t.Helper()
	p, err := host.Launch(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(p) })
	return p
}

func stop(p *host.Plugin) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	p.Stop(ctx)
}

// atWork waits until a delivery that waits is at work.
func atWork(t *testing.T, p *host.Plugin) {
	t.Helper()
	for began := time.Now(); !slices.Contains(p.Tail(), "at work"); time.Sleep(time.Millisecond) {
		if time.Since(began) > 20*time.Second {
			t.Fatal("it has not arrived")
		}
	}
}

// one returns the first result of a tracker of the plugin "good".
func one(t *testing.T, p *host.Plugin, name string, values sdk.Values) sdk.Result {
	t.Helper()
	results, _ := track(t, p, name, values)
	select {
	case r := <-results:
		return r
	case <-time.After(20 * time.Second):
		t.Fatal("no result")
	}
	panic("unreachable")
}

// track runs a tracker until the test is over. The results come in the first
// channel, the end in the second.
func track(t *testing.T, p *host.Plugin, name string, values sdk.Values) (<-chan sdk.Result, <-chan error) {
	t.Helper()
	results, ended := make(chan sdk.Result, 10000), make(chan error, 1)
	go func() {
		ended <- p.Track(t.Context(), name, values, sdk.Schedule{Interval: 50 * time.Millisecond, Timeout: 20 * time.Second},
			func(r sdk.Result) { results <- r })
	}()
	return results, ended
}
