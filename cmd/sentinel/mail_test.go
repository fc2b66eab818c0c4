package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/mail"
	"net/textproto"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// examples/notify-mail: both servers report by mail what becomes of them.
func TestNotifyMail(t *testing.T) {
	t.Parallel()
	s, a, b := newPair(t)
	post := s.add()
	inbox := post.mailServer()
	config := example(t, "notify-mail", "192.168.1.25", post.ip, `"1s"`, fmt.Sprintf(`"%v"`, interval))
	a.startActive(config, "-node", "server1")
	inbox.mustHave("server1", "Entering BACKUP state", "Entering MASTER state")
	b.startBackup(config, "-node", "server2")
	inbox.mustHave("server2", "Entering BACKUP state")
	a.stop()
	inbox.mustHave("server1", "Entering BACKUP state", "Entering MASTER state", "Stopping")
	inbox.mustHave("server2", "Entering BACKUP state", "Entering MASTER state")
	a.mustLog(0, `msg="hook `)
	b.mustLog(0, `msg="hook `)
}

// inbox is the mails that a server in a node has received.
type inbox struct {
	t    *testing.T
	wait sync.WaitGroup

	mu    sync.Mutex
	mails []string // guarded by mu
}

// mailServer starts an SMTP server at port 25 of the node, until the test is over.
func (v *server) mailServer() *inbox {
	v.site.t.Helper()
	in := &inbox{t: v.site.t}
	var listener net.Listener
	v.Do(func() (err error) {
		listener, err = net.Listen("tcp", v.ip+":25")
		return err
	})
	in.wait.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			in.wait.Go(func() { in.serve(conn) })
		}
	})
	in.t.Cleanup(func() {
		listener.Close()
		in.wait.Wait()
	})
	return in
}

// serve takes what one client has to say.
func (in *inbox) serve(conn net.Conn) {
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(reach))
	r := textproto.NewReader(bufio.NewReader(conn))
	say := func(text string) { _, _ = io.WriteString(conn, text+"\r\n") }
	say("220 ready")
	for {
		line, err := r.ReadLine()
		verb, _, _ := strings.Cut(line, " ")
		switch {
		case err != nil:
			return
		case verb == "DATA":
			say("354 go on")
			text, _ := r.ReadDotBytes()
			in.mu.Lock()
			in.mails = append(in.mails, string(text))
			in.mu.Unlock()
			say("250 taken")
		case verb == "QUIT":
			say("221 bye")
			return
		default:
			say("250 ok")
		}
	}
}

// mustHave demands what has come about VI_1 on a node, in order, once there is that
// much, and that it is from the node and to the admin.
func (in *inbox) mustHave(node string, want ...string) {
	in.t.Helper()
	var got []string
	for deadline := time.Now().Add(reach); ; time.Sleep(time.Millisecond) {
		if got = in.from(node); len(got) >= len(want) || time.Now().After(deadline) {
			break
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		in.t.Errorf("mails about %s (-want +got):\n%s", node, diff)
	}
}

// from returns what mails of a node are about.
func (in *inbox) from(node string) (list []string) {
	in.mu.Lock()
	mails := slices.Clone(in.mails)
	in.mu.Unlock()
	for _, text := range mails {
		m, err := mail.ReadMessage(strings.NewReader(text))
		if err != nil {
			in.t.Fatal(err)
		}
		about, ours := strings.CutPrefix(m.Header.Get("Subject"), "["+node+"] VRRP Instance VI_1 - ")
		if !ours {
			continue
		}
		list = append(list, about)
		if from, to := m.Header.Get("From"), m.Header.Get("To"); from != "<"+node+"@example.com>" || to != "<admin@example.com>" {
			in.t.Errorf("a mail about %s from %s to %s", node, from, to)
		}
	}
	return list
}
