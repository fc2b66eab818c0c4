package notify

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sentinel-ha/sentinel/sdk"
)

// read makes items of words: "backup>active" is a transition, "(a>b)" one that is
// not wanted, "=active" a snapshot, "active+2" stands for two more, and p, c and t
// are a priority, a conflict and a tracker event.
func read(words string) []item {
	var list []item
	for i, word := range strings.Fields(words) {
		it := item{event: sdk.Event{Kind: sdk.Transition, ID: fmt.Sprint(i)}}
		if inner, ok := strings.CutPrefix(word, "("); ok {
			it.silent, word = true, strings.TrimSuffix(inner, ")")
		}
		word, n, _ := strings.Cut(word, "+")
		_, _ = fmt.Sscan(n, &it.event.Coalesced)
		kind := map[string]sdk.EventKind{"p": sdk.PriorityChange, "c": sdk.Conflict, "t": sdk.TrackerChange}[word]
		if kind != "" {
			it.event.Kind = kind
		} else if to, ok := strings.CutPrefix(word, "="); ok {
			it.event.Kind, it.event.To, it.reminder = sdk.Snapshot, to, true
		} else {
			it.event.From, it.event.To, _ = strings.Cut(word, ">")
			it.reminder = it.event.From == initialize
		}
		list = append(list, it)
	}
	return list
}

// written is the opposite of read. ! marks what is told only if it is news.
func written(list []item) string {
	var words []string
	for _, it := range list {
		word := it.event.From + ">" + it.event.To
		switch it.event.Kind {
		case sdk.Snapshot:
			word = "=" + it.event.To
		case sdk.PriorityChange, sdk.Conflict, sdk.TrackerChange:
			word = string(it.event.Kind[0])
		}
		if it.event.Coalesced > 0 {
			word += fmt.Sprintf("+%d", it.event.Coalesced)
		}
		if it.silent {
			word = "(" + word + ")"
		}
		if it.reminder {
			word += "!"
		}
		words = append(words, word)
	}
	return strings.Join(words, " ")
}

// mergings are lists of items and what becomes of them.
type mergings []struct {
	name, list, want string
	coalesced        int
}

func (all mergings) test(t *testing.T, merge func([]item) ([]item, int)) {
	for _, tt := range all {
		t.Run(tt.name, func(t *testing.T) {
			rest, coalesced := merge(read(tt.list))
			if diff := cmp.Diff(tt.want, written(rest)); diff != "" || coalesced != tt.coalesced {
				t.Errorf("%d coalesced, want %d (-want +got):\n%s", coalesced, tt.coalesced, diff)
			}
		})
	}
}

func TestSqueeze(t *testing.T) {
	mergings{
		{"the two oldest states", "b>a a>f f>b", "b>f+1 f>b", 1},
		{"what was merged stands for more", "b>f+1 f>b b>a", "b>b+2 b>a", 1},
		{"states make room last", "b>a p p a>f", "b>a p+1 a>f", 1},
		{"of the others, the class that has most", "p t t t p", "p t+1 t p", 1},
		{"a single one of a class stays", "c b>a p a>f", "c p b>f+1", 1},
		{"what was not wanted is not missed", "(b>a) a>f f>b", "b>f f>b", 0},
		{"a wanted state ends in one that is not", "b>a (a>f) f>b", "(b>f+1) f>b", 1},
		{"and is remembered when that is merged", "(b>f+1) f>b b>a", "b>b+1 b>a", 0},
		{"a snapshot comes from nowhere", "b>a =f f>b", "=f+1! f>b", 1},
		{"and tells no origin", "=f f>b b>a", "f>b+1 b>a", 1},
	}.test(t, squeeze)
}

func TestPush(t *testing.T) {
	var list []item
	coalesced := 0
	for i := range 1000 {
		next := read("a>b p t c")[i%4]
		next.event.ID = fmt.Sprint(i)
		var n int
		list, n = push(list, next)
		coalesced += n
	}
	if len(list) != capacity || coalesced != 1000-capacity {
		t.Errorf("%d are left and %d coalesced", len(list), coalesced)
	}
	for i := range 4 {
		if got, want := list[capacity-4+i].event.ID, fmt.Sprint(996+i); got != want {
			t.Errorf("event %s where %s should be", got, want)
		}
	}
	stands := len(list)
	for _, it := range list {
		stands += it.event.Coalesced
	}
	if stands != 1000 {
		t.Errorf("they stand for %d", stands)
	}
}

func TestCollapse(t *testing.T) {
	mergings{
		{"nothing", "", "", 0},
		{"one state", "b>a", "b>a!", 0},
		{"many", "b>a a>f f>b b>a", "b>a+3!", 3},
		{"with news", "b>a t a>f t p f>b c", "t+1 p b>b+2! c", 3},
		{"the newest is not wanted", "b>a a>f (f>b)", "(b>b+2)!", 2},
	}.test(t, collapse)
}

func TestSuperseded(t *testing.T) {
	tests := []struct {
		it, behind string
		want       bool
	}{
		{"b>a", "", false},
		{"b>a", "p t c", false},
		{"b>a", "p a>b", true},
		{"b>a", "(a>b)", true},
		{"b>a", "=b", true},
		{"p", "", false},
		{"p", "t", true},
		{"p", "(a>b)", true},
	}
	for _, tt := range tests {
		it := read(tt.it)[0]
		if got := it.superseded(read(tt.behind)); got != tt.want {
			t.Errorf("%s before %q: %v", tt.it, tt.behind, got)
		}
		now := time.Unix(10_000, 0)
		for age, old := range map[time.Duration]bool{maxAge: false, maxAge + 1: true} {
			it.queued = now.Add(-age)
			if got := it.stale(now, read(tt.behind)); got != (tt.want && old) {
				t.Errorf("%s before %q after %v: stale %v", tt.it, tt.behind, age, got)
			}
		}
	}
}

func TestKnows(t *testing.T) {
	tests := []struct {
		told told
		it   string
		want bool
	}{
		{told{}, "b>a", false},
		{told{state: "a"}, "b>a", true},
		{told{state: "b"}, "b>a", false},
		{told{state: "a"}, "(b>a)", true},
		{told{state: "a", silent: true}, "(b>a)", true},
		{told{state: "a", silent: true}, "b>a", false},
		{told{state: "a", rejected: true}, "=a", true},
	}
	for _, tt := range tests {
		if got := tt.told.knows(&read(tt.it)[0]); got != tt.want {
			t.Errorf("%+v knows %s: %v", tt.told, tt.it, got)
		}
	}
}

func TestFate(t *testing.T) {
	failed := errors.New("connection refused")
	tests := []struct {
		name             string
		err              error
		attempt, retries int
		superseded       bool
		want             Outcome
	}{
		{"done", nil, 1, 0, false, Delivered},
		{"done late", nil, 9, 3, true, Delivered},
		{"again", failed, 1, 1, false, 0},
		{"not twice", failed, 2, 1, false, Expired},
		{"no retries", failed, 1, 0, false, Expired},
		{"for ever", failed, 1 << 30, Forever, false, 0},
		{"there is something newer", failed, 1, Forever, true, Expired},
		{"rejected", fmt.Errorf("hook: %w", sdk.Reject(failed)), 1, Forever, true, Rejected},
		{"again, later", sdk.RetryAfter(failed, time.Hour), 1, 1, false, 0},
	}
	for _, tt := range tests {
		if got := fate(tt.err, tt.attempt, tt.retries, tt.superseded); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}

func TestPause(t *testing.T) {
	tests := []struct {
		attempt int
		wanted  time.Duration
		chance  float64
		want    time.Duration
	}{
		{1, 0, 0, 250 * time.Millisecond},
		{1, 0, 1, 500 * time.Millisecond},
		{2, 0, 1, time.Second},
		{6, 0, 1, 16 * time.Second},
		{7, 0, 1, 30 * time.Second},
		{7, 0, 0.5, 22500 * time.Millisecond},
		{1 << 40, 0, 1, 30 * time.Second},
		{1, time.Minute, 1, time.Minute},
		{7, time.Second, 1, 30 * time.Second},
		{1, 1 << 62, 1, longestPause},
		{1, -1, 1, 500 * time.Millisecond},
	}
	for _, tt := range tests {
		if got := pause(tt.attempt, tt.wanted, tt.chance); got != tt.want {
			t.Errorf("after attempt %d, asked for %v, at %v: %v, want %v", tt.attempt, tt.wanted, tt.chance, got, tt.want)
		}
	}
}
