package main

import (
	"fmt"
	"testing"
	"time"
)

// A file that is rewritten a thousand times a second costs a bounded number of
// advertisements and of lines, moves nothing that it should not, and its last
// number counts in the end.
func TestFileStorm(t *testing.T) {
	t.Parallel()
	const (
		lasts = 3 * time.Second
		every = time.Second
		extra = every / 10 // at most one more advertisement in this time
		last  = 77
	)
	slow := fmt.Sprintf("advert_interval = \"%v\"", every)
	s, a, b := newPair(t)
	a.WriteFile(number, "1")
	a.startActive(fileTracker(1) + vi1(100, trackingFile, slow))
	b.startBackup(vi1(50, slow))
	cpu := a.agent.Usage().CPU

	began := time.Now()
	written := 0
	for ticker := time.NewTicker(time.Millisecond); time.Since(began) < lasts; written++ {
		<-ticker.C
		a.WriteFile(number, fmt.Sprintln(1+written*37%100))
	}
	a.WriteFile(number, fmt.Sprintln(last))
	ended := time.Now()
	s.waitWire(since(ended, of(100+last, a.advertised(vrid))))
	eventually(t, "the last number", func() bool {
		return a.instance("VI_1").Priority.Effective == 100+last && *a.tracker("tracker.file.app").Value == last
	})

	lasted := time.Since(began)
	adverts := len(s.seen(since(began, a.advertised(vrid))))
	priorities, verdicts := len(lines(a.agent, `msg=priority router=VI_1`)), len(lines(a.agent, `tracker=tracker\.file\.app`))
	cpu = a.agent.Usage().CPU - cpu
	t.Logf("%d times in %v: %d advertisements, %d lines about the priority and %d about the tracker, %v of CPU",
		written, lasted, adverts, priorities, verdicts, cpu)
	if written < 500 {
		t.Errorf("%d times are no storm", written)
	}
	if most := int(lasted/extra) + int(lasted/every) + 3; adverts > most {
		t.Errorf("%d advertisements in %v, at most %d wanted", adverts, lasted, most)
	}
	if most := int(lasted/time.Second) + 3; priorities > most || verdicts > most { // one before it, one when it begins
		t.Errorf("%d and %d lines in %v, at most %d of each wanted", priorities, verdicts, lasted, most)
	}
	if cpu > lasted/2*slowdown {
		t.Errorf("%v of CPU in %v", cpu, lasted)
	}
	a.mustLog(0, `from=active`)
	b.mustLog(0, toActive)
	s.mustBeHeld(vip, a)

	// What was held back is said, with how many there were.
	a.waitLog(`msg=priority router=VI_1 from=\d+ to=177 sum="177 = 100 \+ 77 tracker\.file\.app"`)
	a.mustTell("after the storm", "explain VI_1", ` priority \d+ -> 177 = 100 \+ 77 tracker\.file\.app`, `\(\d+ changes\)$`)
}
