package netio

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/sentinel-ha/sentinel/core/netio/netnstest"
	"github.com/sentinel-ha/sentinel/core/statefile"
	"golang.org/x/sys/unix"
)

// readRecord returns the record's file, nil if there is none.
func readRecord(t *testing.T, dir string) *recordFile {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, recordName))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	var file recordFile
	if err == nil {
		err = json.Unmarshal(b, &file)
	}
	if err != nil {
		t.Fatal(err)
	}
	return &file
}

// prefixes returns the addresses in the record.
func prefixes(file *recordFile) []string {
	var list []string
	if file != nil {
		for _, e := range file.Addresses {
			list = append(list, e.Interface+" "+e.Address.String())
		}
	}
	return list
}

func TestRecordFollows(t *testing.T) {
	p := newPair(t)
	dir := t.TempDir()
	h := startHost(t, p.here, dir)
	if file := readRecord(t, dir); file != nil {
		t.Errorf("before the first address: %+v", file)
	}
	h.add(on("eth0", "192.0.2.100/24"), on("eth0", "2001:db8::100/128"))
	want := new(recordFile)
	want.Addresses = []recordEntry{
		{"eth0", p.here.Index("eth0"), on("", "192.0.2.100/24").Prefix, "r"},
		{"eth0", p.here.Index("eth0"), on("", "2001:db8::100/128").Prefix, "r"},
	}
	want.Header, _ = statefile.ThisBoot(1)
	p.here.Do(func() { want.Namespace, _ = currentNamespace() })
	if diff := cmp.Diff(want, readRecord(t, dir), cmp.AllowUnexported(recordFile{}), cmp.Comparer(func(a, b recordEntry) bool { return a == b })); diff != "" {
		t.Errorf("record (-want +got):\n%s", diff)
	}
	if info, err := os.Stat(filepath.Join(dir, recordName)); err != nil || info.Mode() != 0o600 {
		t.Errorf("mode %v, error %v", info.Mode(), err)
	}
	h.remove(on("eth0", "192.0.2.100/24"))
	if diff := cmp.Diff([]string{"eth0 2001:db8::100/128"}, prefixes(readRecord(t, dir))); diff != "" {
		t.Errorf("record (-want +got):\n%s", diff)
	}
	h.remove(on("eth0", "2001:db8::100/128"))
	if file := readRecord(t, dir); file != nil {
		t.Errorf("after the last address: %+v", file)
	}
	if names, _ := filepath.Glob(filepath.Join(dir, "*")); len(names) != 0 {
		t.Errorf("left behind: %v", names)
	}
}

// A host that ends without taking its addresses off leaves them to the next one,
// which removes them before it does anything else.
func TestCrash(t *testing.T) {
	p := newPair(t)
	dir := t.TempDir()
	p.here.Run("ip", "addr", "add", "192.0.2.50/24", "dev", "eth0") // somebody's
	before := list(p.here, "eth0")

	first := startHost(t, p.here, dir)
	first.add(on("eth0", "192.0.2.100/24"), on("eth0", "2001:db8::100/128"), on("eth0", "203.0.113.1/24"))
	first.end()
	if shown(p.here, "eth0", "192.0.2.100/24") == "" {
		t.Fatal("the first host took its addresses off")
	}
	// Somebody else removed one and put one where the other was.
	p.here.Run("ip", "addr", "del", "203.0.113.1/24", "dev", "eth0")

	second := newTestHost(t, dir)
	second.Watch([]string{"eth0"})
	second.start(p.here)
	const removed = "removed what an earlier process had left: 192.0.2.100/24 on eth0, 2001:db8::100/128 on eth0"
	if w := await(second, any_[Warning]); w.Err.Error() != removed {
		t.Errorf("warning: %v", w.Err)
	}
	link := await(second, any_[LinkReport]).Link
	for _, a := range link.Addresses {
		if a.Ours {
			t.Errorf("%v is still there in the first report", a.Prefix)
		}
	}
	if diff := cmp.Diff(before, list(p.here, "eth0")); diff != "" {
		t.Errorf("after the start (-before +after):\n%s", diff)
	}
	if file := readRecord(t, dir); file != nil {
		t.Errorf("record %+v", file)
	}
}

// A record of another boot, or of another namespace, is about other addresses.
func TestForeignRecord(t *testing.T) {
	for name, change := range map[string]func(*testing.T, *recordFile){
		"boot":      func(_ *testing.T, f *recordFile) { f.BootID = "11111111-2222-3333-4444-555555555555" },
		"namespace": func(_ *testing.T, f *recordFile) { f.Namespace.Inode++ },
		"same inode, later namespace": func(t *testing.T, f *recordFile) {
			if f.Namespace.Cookie == 0 {
				netnstest.NotRun(t, "the kernel has no SO_NETNS_COOKIE")
			}
			f.Namespace.Cookie++
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPair(t)
			dir := t.TempDir()
			first := startHost(t, p.here, dir)
			first.add(on("eth0", "192.0.2.100/24"))
			first.end()
			file := readRecord(t, dir)
			change(t, file)
			b, _ := json.Marshal(file)
			if err := os.WriteFile(filepath.Join(dir, recordName), b, 0o600); err != nil {
				t.Fatal(err)
			}
			second := startHost(t, p.here, dir)
			r := second.change(AddressOrder{Add: true, Addresses: []Address{on("eth0", "192.0.2.100/24")}}).Results[0]
			if r.Err != ErrForeign {
				t.Errorf("changed %t, error %v", r.Changed, r.Err)
			}
			if shown(p.here, "eth0", "192.0.2.100/24") == "" {
				t.Error("it was removed")
			}
		})
	}
}

// What a dead process has left in one namespace is not forgotten while another one
// runs in a second, with the same directory.
func TestRecordOfTwoNamespaces(t *testing.T) {
	p := newPair(t)
	dir := t.TempDir()
	first := startHost(t, p.here, dir)
	first.add(on("eth0", "192.0.2.100/24"))
	first.end()

	second := startHost(t, p.there, dir)
	second.add(on("eth0", "192.0.2.101/24"))
	if diff := cmp.Diff([]string{"eth0 192.0.2.101/24"}, prefixes(readRecord(t, dir))); diff != "" {
		t.Errorf("record (-want +got):\n%s", diff)
	}
	second.remove(on("eth0", "192.0.2.101/24"))
	second.end()
	if shown(p.here, "eth0", "192.0.2.100/24") == "" {
		t.Error("the second host took off what the first had left elsewhere")
	}

	third := startHost(t, p.here, dir)
	if w := await(third, any_[Warning]); w.Err.Error() != "removed what an earlier process had left: 192.0.2.100/24 on eth0" {
		t.Errorf("warning: %v", w.Err)
	}
	third.end()
	if file := readRecord(t, dir); file != nil || shown(p.here, "eth0", "192.0.2.100/24") != "" {
		t.Errorf("record %+v, the kernel has\n%s", file, list(p.here, "eth0"))
	}
}

// A record that cannot be understood does not keep the host from starting, but it
// is said, kept, and nothing is removed.
func TestGarbageRecord(t *testing.T) {
	for name, content := range map[string]string{
		"empty":         "",
		"half":          `{"version": 1, "boot_id": "9c7`,
		"later version": `{"version": 2, "addresses": {}}`,
	} {
		t.Run(name, func(t *testing.T) {
			p := newPair(t)
			dir := t.TempDir()
			path := filepath.Join(dir, recordName)
			if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
			h := startHost(t, p.here, dir)
			w := await(h, any_[Warning])
			if !strings.Contains(w.Err.Error(), path+".unreadable") {
				t.Errorf("warning: %v", w.Err)
			}
			if b, err := os.ReadFile(path + ".unreadable"); string(b) != content || err != nil {
				t.Errorf("kept %q, error %v", b, err)
			}
			h.add(on("eth0", "192.0.2.100/24"))
			h.remove(on("eth0", "192.0.2.100/24"))
		})
	}
}

// What cannot be recorded is not done.
func TestRecordCannotBeWritten(t *testing.T) {
	for name, mount := range map[string]func(dir string) error{
		"missing": os.Remove,
		"read-only": func(dir string) error {
			return unix.Mount("none", dir, "tmpfs", unix.MS_RDONLY, "")
		},
		"full": func(dir string) error {
			page := os.Getpagesize()
			if err := unix.Mount("none", dir, "tmpfs", 0, fmt.Sprintf("size=%d", page)); err != nil {
				return err
			}
			return os.WriteFile(filepath.Join(dir, "fill"), make([]byte, page), 0o600)
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPair(t)
			before := list(p.here, "eth0")
			dir := t.TempDir()
			h := newTestHost(t, dir)
			h.prepare = func() error {
				// The host's thread gets mounts that nobody else sees, and that go with it.
				if err := unix.Unshare(unix.CLONE_FS | unix.CLONE_NEWNS); err != nil {
					return err
				}
				if err := unix.Mount("none", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
					return err
				}
				return mount(dir)
			}
			h.start(p.here)
			r := h.change(AddressOrder{Add: true, Addresses: []Address{on("eth0", "192.0.2.100/24")}}).Results[0]
			if r.Err == nil || r.Changed || !strings.Contains(r.Err.Error(), "cannot be recorded") {
				t.Errorf("changed %t, error %v", r.Changed, r.Err)
			}
			if diff := cmp.Diff(before, list(p.here, "eth0")); diff != "" {
				t.Errorf("(-before +after):\n%s", diff)
			}
			h.DropPacketsTo([]Address{on("eth0", "192.0.2.100/24")})
			if r := await(h, any_[FilterReport]); r.Err == nil {
				t.Error("a filter was installed that cannot be recorded")
			}
			if got := p.here.Run("nft", "list", "tables"); got != "" {
				t.Errorf("tables: %s", got)
			}
		})
	}
}

// What could not be recorded when it was done is recorded later: an address that was
// taken off and is somebody else's by the next start is not in the record any more.
func TestRecordIsWrittenLater(t *testing.T) {
	p := newPair(t)
	dir := t.TempDir()
	h := newTestHost(t, dir)
	p.here.Do(func() {
		w, err := newWorker(h.Host)
		if err != nil {
			t.Fatal(err)
		}
		defer w.close()
		w.changeAddresses(AddressOrder{Add: true, Addresses: []Address{on("eth0", "192.0.2.100/24"), on("eth0", "192.0.2.101/24")}})
		inTheWay := filepath.Join(dir, recordName+".tmp")
		if err := os.MkdirAll(filepath.Join(inTheWay, "full"), 0o700); err != nil {
			t.Fatal(err)
		}
		w.changeAddresses(AddressOrder{Addresses: []Address{on("eth0", "192.0.2.100/24")}})
		if n := len(prefixes(readRecord(t, dir))); n != 2 || shown(p.here, "eth0", "192.0.2.100/24") != "" {
			t.Fatalf("%d addresses in a record that cannot be written; the kernel has\n%s", n, list(p.here, "eth0"))
		}
		w.resyncAt = time.Now()
		w.periodic()
		if err := os.RemoveAll(inTheWay); err != nil {
			t.Fatal(err)
		}
		w.resyncAt = time.Now()
		w.periodic()
	})
	if diff := cmp.Diff([]string{"eth0 192.0.2.101/24"}, prefixes(readRecord(t, dir))); diff != "" {
		t.Errorf("record (-want +got):\n%s", diff)
	}
}

// Orders that were given before the end are carried out, later ones are not.
func TestOrdersBeforeTheEnd(t *testing.T) {
	p := newPair(t)
	dir := t.TempDir()
	h := startHost(t, p.here, dir)
	h.add(on("eth0", "192.0.2.100/24"))
	h.end()

	second := newTestHost(t, dir)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	second.ChangeAddresses(AddressOrder{Seq: 1, Add: true, Addresses: []Address{on("eth0", "192.0.2.101/24")}})
	second.ChangeAddresses(AddressOrder{Seq: 2, Add: true, Addresses: []Address{on("eth0", "192.0.2.102/24")}})
	second.ChangeAddresses(AddressOrder{Seq: 3, Addresses: []Address{on("eth0", "192.0.2.101/24")}})
	var err error
	<-p.here.Go(func() { err = second.Run(ctx) })
	if err != nil {
		t.Fatal(err)
	}
	second.ChangeAddresses(AddressOrder{Seq: 4, Addresses: []Address{on("eth0", "192.0.2.102/24")}})
	if shown(p.here, "eth0", "192.0.2.101/24") != "" || shown(p.here, "eth0", "192.0.2.102/24") == "" {
		t.Errorf("the kernel has\n%s", list(p.here, "eth0"))
	}
	await(second, any_[Warning]) // 192.0.2.100 was removed
	await(second, func(r AddressReport) bool { return r.Seq == 3 })
}
