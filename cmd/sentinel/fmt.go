package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/sentinel-ha/sentinel/core/config"
)

func runFmt(env *environment, args []string) int {
	flags := newFlags(env, "fmt [flags] [PATH...]",
		"Brings configuration files (.hcl) into the canonical layout and lists those it changed.\n"+
			"Without a path it takes the current directory; - formats standard input to standard output.")
	check := flags.Bool("check", false, "change nothing; exit 1 if a file differs")
	names, code, ok := parse(env, flags, args)
	if !ok {
		return code
	}
	if len(names) == 0 {
		names = []string{"."}
	}
	if len(names) == 1 && names[0] == "-" {
		return formatStream(env, *check)
	}
	files, err := config.Files(names)
	if err != nil {
		return env.fail(err)
	}
	code = exitDone
	for _, file := range files {
		if strings.HasSuffix(file, ".json") { // which has formatters of its own
			if slices.Contains(names, file) {
				fmt.Fprintf(env.stderr, "sentinel fmt: %s is JSON and stays as it is\n", file)
			}
			continue
		}
		code = max(code, formatFile(env, file, *check))
	}
	return code
}

func formatStream(env *environment, check bool) int {
	source, err := io.ReadAll(env.stdin)
	if err != nil {
		return env.fail(err)
	}
	formatted, code := format(env, "<stdin>", source)
	if code != exitDone {
		return code
	}
	if check {
		if !bytes.Equal(source, formatted) {
			return exitFailed
		}
		return exitDone
	}
	if _, err := env.stdout.Write(formatted); err != nil {
		return env.fail(err)
	}
	return exitDone
}

func formatFile(env *environment, file string, check bool) int {
	source, err := os.ReadFile(file)
	if err != nil {
		return env.fail(err)
	}
	formatted, code := format(env, file, source)
	if code != exitDone || bytes.Equal(source, formatted) {
		return code
	}
	fmt.Fprintln(env.stdout, file)
	if check {
		return exitFailed
	}
	if err := replace(file, formatted); err != nil {
		return env.fail(err)
	}
	return exitDone
}

// format formats one source; a file that does not parse is reported and stays.
func format(env *environment, name string, source []byte) ([]byte, int) {
	formatted, report := config.Format(name, source)
	if report.HasErrors() {
		if err := writeReport(env, report); err != nil {
			return nil, env.fail(err)
		}
		return nil, exitFailed
	}
	return formatted, exitDone
}

// replace puts new content in the place of a file by renaming, so that neither a
// full disk nor a kill leaves half a configuration. Owner and mode stay.
func replace(file string, content []byte) error {
	target, err := filepath.EvalSymlinks(file)
	if err != nil {
		return err
	}
	info, err := os.Stat(target)
	if err != nil {
		return err
	}
	temporary, err := os.CreateTemp(filepath.Dir(target), ".sentinel-fmt-*")
	if err != nil {
		return err
	}
	defer os.Remove(temporary.Name()) // fails, as it should, after the rename
	if err := fill(temporary, content, info); err != nil {
		return fmt.Errorf("write %s: %w", file, err)
	}
	return os.Rename(temporary.Name(), target)
}

func fill(f *os.File, content []byte, like os.FileInfo) error {
	defer f.Close()
	if _, err := f.Write(content); err != nil {
		return err
	}
	if owner, ok := like.Sys().(*syscall.Stat_t); ok && os.Geteuid() == 0 {
		if err := f.Chown(int(owner.Uid), int(owner.Gid)); err != nil {
			return err
		}
	}
	if err := f.Chmod(like.Mode().Perm()); err != nil {
		return err
	}
	return f.Sync()
}
