package main

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/sentinel-ha/sentinel/core/lab"
)

// spoken is what programs on a node say into a FIFO, a line at a time. Reading
// stamps a line with a time just after it was written; to write it costs a shell
// next to nothing.
type spoken struct {
	fifo *os.File
}

// remark is a line.
type remark struct {
	at    time.Time
	words []string
}

// listen makes the FIFO.
func listen(n *lab.Node, path string) (*spoken, error) {
	if err := syscall.Mkfifo(n.Path(path), 0o600); err != nil {
		return nil, fmt.Errorf("make %s: %w", path, err)
	}
	fifo, err := os.OpenFile(n.Path(path), os.O_RDWR, 0)
	return &spoken{fifo}, err
}

// next returns what is said next, which are whole lines, as each is written at
// once and is short.
func (s *spoken) next(patience time.Duration) ([]remark, error) {
	if err := s.fifo.SetReadDeadline(time.Now().Add(patience)); err != nil {
		return nil, err
	}
	buffer := make([]byte, 4<<10)
	n, err := s.fifo.Read(buffer)
	at := time.Now()
	if err != nil {
		return nil, err
	}
	var list []remark
	for line := range strings.Lines(string(buffer[:n])) {
		list = append(list, remark{at, strings.Fields(line)})
	}
	return list, nil
}

// forget throws away what was said.
func (s *spoken) forget() error {
	for {
		if _, err := s.next(time.Millisecond); errors.Is(err, os.ErrDeadlineExceeded) {
			return nil
		} else if err != nil {
			return err
		}
	}
}

// writeProgram writes a shell script that can be executed on a node.
func writeProgram(n *lab.Node, path, text string) error {
	if err := n.WriteFile(path, "#!/bin/sh\n"+text); err != nil {
		return err
	}
	return os.Chmod(n.Path(path), 0o755)
}
