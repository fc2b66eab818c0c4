package notify

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/sentinel-ha/sentinel/core/statefile"
)

const (
	recordName    = "notified.json"
	recordVersion = 1
	// recordRetry is the time between two attempts to write it.
	recordRetry = 10 * time.Second
	// recordPatience is how long the end waits for the disk, at least.
	recordPatience = 250 * time.Millisecond
)

// record is what every hook was told last, on file. It is written beside the
// deliveries, which it neither delays nor prevents. Where what is true cannot be
// written, nothing is said. The dispatcher's mutex guards it.
type record struct {
	path   string // empty: there is none
	header statefile.Header
	// loaded is what the process before this one wrote, until the first Set.
	loaded []entry
	// dirty: the file says something else. writing: somebody sees to that, whom
	// writer waits for. closed: nobody begins to any more, and who does makes haste,
	// since closing is closed.
	dirty, writing, closed bool
	writer                 sync.WaitGroup
	closing                chan struct{}
	// untrue has something in it when a hook has forgotten since what the file says
	// that it knows.
	untrue   chan struct{}
	failures uint64
	problem  string
}

// recordFile is the file. It is of one boot: what hooks have started before is no
// more.
type recordFile struct {
	statefile.Header
	Told []entry `json:"told"`
}

// entry is what one hook knows of one subject.
type entry struct {
	Block    string `json:"block"`
	Identity string `json:"identity"`
	Subject
	State string `json:"state"`
	// Silent: the hook was not to be told of this state, and knows of none.
	Silent bool `json:"silent,omitempty"`
}

// open reads what is there. The error is for the log: without the file, all hooks
// are told the present state.
func (r *record) open(directory string) (err error) {
	r.closing, r.untrue = make(chan struct{}), make(chan struct{}, 1)
	if directory == "" {
		return nil
	}
	if r.header, err = statefile.ThisBoot(recordVersion); err != nil {
		return err
	}
	r.path = filepath.Join(directory, recordName)
	var file recordFile
	ok, err := statefile.Read(r.path, r.header, &file)
	if err != nil {
		return fmt.Errorf("what hooks were told by an earlier process is lost, and they are told again: %w", err)
	}
	if ok {
		r.loaded = file.Told
	}
	return nil
}

// told returns what the hook of a new queue knows from the process before.
func (r *record) told(q *queue) told {
	for i := range r.loaded {
		if e := &r.loaded[i]; e.Subject == q.subject && e.of(&q.block) {
			return told{state: e.State, silent: e.Silent}
		}
	}
	return told{}
}

// of reports whether it was this block that was told.
func (e *entry) of(b *Block) bool { return e.Block == b.Name && e.Identity == hashed(b.Identity) }

// forget is for what nobody has asked for.
func (r *record) forget() { r.loaded = nil }

func hashed(identity string) string {
	sum := sha256.Sum256([]byte(identity))
	return hex.EncodeToString(sum[:8])
}

// changed says that what hooks know has changed. mu is held.
func (d *Dispatcher) changed() {
	r := &d.record
	r.dirty = true
	if r.path == "" || r.writing || r.closed {
		return
	}
	r.writing = true
	r.writer.Go(d.write)
}

// forgotten says that a hook does not know any more what it did, so that the record
// is not true.
func (d *Dispatcher) forgotten() {
	d.changed()
	select {
	case d.record.untrue <- struct{}{}:
	default:
	}
}

// write writes the record until it is up to date. It uses at most a tenth of the
// time for that, however often it changes.
func (d *Dispatcher) write() {
	for {
		file, dirty := d.recorded()
		if !dirty {
			return
		}
		began := time.Now()
		err := save(d.record.path, file)
		wait := 10 * time.Since(began)
		if err != nil {
			wait = recordRetry
			if withdrawn := withdraw(d.record.path); withdrawn != nil {
				err = fmt.Errorf("%w; and what was true before cannot be removed: %w", err, withdrawn)
			}
		}
		d.saved(err)
		if closing := d.record.rest(wait); closing && err != nil {
			return
		}
	}
}

// rest is the time between two attempts to write. What is not true any more does
// not last as long.
func (r *record) rest(wait time.Duration) (closing bool) {
	over := time.After(wait)
	for {
		select {
		case <-over:
			return false
		case <-r.closing:
			return true
		case <-r.untrue:
			_ = withdraw(r.path) // it will be seen when it is written
		}
	}
}

// recorded returns what to write. If there is nothing, the writer's time is over.
func (d *Dispatcher) recorded() (file recordFile, dirty bool) {
	d.mu.Lock()
	defer d.unlock()
	if !d.record.dirty {
		d.record.writing = false
		return file, false
	}
	d.record.dirty = false
	select {
	case <-d.record.untrue:
	default:
	}
	file = recordFile{Header: d.record.header, Told: []entry{}}
	for _, s := range d.subjects {
		for _, q := range s.queues {
			if q.told.state != "" && !q.told.rejected && !q.unbound {
				file.Told = append(file.Told, entry{
					Block: q.block.Name, Identity: q.block.Identity, Subject: q.subject, State: q.told.state, Silent: q.told.silent,
				})
			}
		}
	}
	return file, true
}

func (d *Dispatcher) saved(err error) {
	d.mu.Lock()
	defer d.unlock()
	if err == nil {
		d.record.problem = ""
		return
	}
	d.record.dirty = true
	d.record.failures++
	if d.record.problem == "" {
		d.happens(Happening{Outcome: RecordFailed, Err: err})
	}
	d.record.problem = problem(err)
}

// finish gives the record the rest of the time to be written, and a little more.
func (d *Dispatcher) finish(ctx context.Context) {
	d.mu.Lock()
	d.record.closed = true
	close(d.record.closing)
	d.mu.Unlock()
	written := make(chan struct{})
	go func() {
		d.record.writer.Wait()
		close(written)
	}()
	select {
	case <-written:
		return
	case <-ctx.Done():
	}
	select {
	case <-written:
	case <-time.After(recordPatience):
	}
}

// save writes the file. Identities are hashed there, as they may hold secrets.
func save(path string, file recordFile) error {
	for i := range file.Told {
		file.Told[i].Identity = hashed(file.Told[i].Identity)
	}
	slices.SortFunc(file.Told, func(a, b entry) int {
		return cmp.Or(cmp.Compare(a.Block, b.Block), compareSubjects(a.Subject, b.Subject))
	})
	if err := statefile.Write(path, &file); err != nil {
		return fmt.Errorf("record of what hooks were told: %w", err)
	}
	return nil
}

// withdraw makes the file say nothing. There is room for that on a full disk too.
func withdraw(path string) error {
	err := os.Remove(path)
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if os.Truncate(path, 0) == nil {
		return nil
	}
	return err
}
