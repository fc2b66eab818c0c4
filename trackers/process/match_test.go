package process

import (
	"os"
	"path/filepath"
	"testing"
)

func TestMatch(t *testing.T) {
	const long = "a-very-long-daemon-name"
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink("/bin/true", link); err != nil {
		t.Fatal(err)
	}
	resolved, err := filepath.EvalSymlinks(link)
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		match, process string
		candidate      fakeProcess
		want           answer
	}{
		"comm":                {byComm, "httpd", fakeProcess{comm: "httpd"}, yes},
		"comm, part":          {byComm, "httpd", fakeProcess{comm: "httpd2"}, no},
		"comm, other program": {byComm, "httpd", fakeProcess{comm: "httpd", exe: "/bin/sh"}, yes},
		"comm, kernel":        {byComm, "kswapd0", fakeProcess{comm: "kswapd0", flags: 0x200000}, yes},
		"15 bytes":            {byComm, long[:15], fakeProcess{comm: long[:15]}, yes},

		"long, by executable":  {byComm, long, fakeProcess{comm: long[:15], exe: "/opt/" + long}, yes},
		"long, deleted":        {byComm, long, fakeProcess{comm: long[:15], exe: "/opt/" + long + " (deleted)"}, yes},
		"long, by argument":    {byComm, long, fakeProcess{comm: long[:15], exe: "/opt/x", args: "./" + long + "\x00-v\x00"}, yes},
		"long, script":         {byComm, long, fakeProcess{comm: long[:15], exe: "/bin/sh", args: "/bin/sh\x00-e\x00/opt/" + long + "\x00"}, yes},
		"long, another":        {byComm, long, fakeProcess{comm: long[:15], exe: "/opt/a-very-long-daemon", args: "a-very-long-daemon\x00"}, no},
		"long, no right":       {byComm, long, fakeProcess{comm: long[:15], exe: "denied", args: "x\x00"}, unsure},
		"long, right not lost": {byComm, long, fakeProcess{comm: long[:15], exe: "denied", args: long + "\x00"}, yes},
		"long, another name":   {byComm, long, fakeProcess{comm: "httpd", exe: "denied"}, no},

		"path":              {byPath, "/usr/sbin/httpd", fakeProcess{comm: "x", exe: "/usr/sbin/httpd"}, yes},
		"path, not clean":   {byPath, "/usr//sbin/httpd", fakeProcess{comm: "x", exe: "/usr/sbin/httpd"}, yes},
		"path, other":       {byPath, "/usr/sbin/httpd", fakeProcess{comm: "httpd", exe: "/opt/httpd"}, no},
		"path, replaced":    {byPath, "/usr/sbin/httpd", fakeProcess{comm: "x", exe: "/usr/sbin/httpd (deleted)"}, yes},
		"path, link":        {byPath, link, fakeProcess{comm: "x", exe: resolved}, yes},
		"path, kernel":      {byPath, "/usr/sbin/httpd", fakeProcess{comm: "httpd", exe: "denied", flags: 0x200000}, no},
		"path, ended":       {byPath, "/usr/sbin/httpd", fakeProcess{comm: "httpd"}, no},
		"path, no right":    {byPath, "/usr/sbin/httpd", fakeProcess{comm: "httpd", exe: "denied"}, unsure},
		"path, interpreter": {byPath, "/usr/bin/python3", fakeProcess{comm: "script", exe: "denied", args: "/usr/bin/python3\x00script\x00"}, unsure},
		"path, unlikely":    {byPath, "/usr/sbin/httpd", fakeProcess{comm: "sshd", exe: "denied", args: "sshd: x\x00"}, no},

		"cmdline":                {byCmdline, "httpd -k start", fakeProcess{comm: "x", args: "httpd\x00-k\x00start\x00"}, yes},
		"cmdline, part":          {byCmdline, "httpd -k", fakeProcess{comm: "x", args: "httpd\x00-k\x00start\x00"}, no},
		"cmdline, rewritten":     {byCmdline, "nginx: master process nginx", fakeProcess{comm: "x", args: "nginx: master process nginx\x00\x00\x00"}, yes},
		"cmdline, empty inside":  {byCmdline, "a  b", fakeProcess{comm: "x", args: "a\x00\x00b\x00"}, yes},
		"cmdline, of the kernel": {byCmdline, "httpd", fakeProcess{comm: "httpd", flags: 0x200000}, no},
	} {
		fake := newFakeProc(t)
		fake.add(5000000, test.candidate)
		proc := &procfs{root: fake.root}
		m := newMatcher(config{Match: test.match, Process: test.process})
		m.resolve()
		if got := m.matches(&candidate{pid: 5000000, comm: test.candidate.comm, proc: proc}); got != test.want {
			t.Errorf("%s: %d, want %d", name, got, test.want)
		}
	}
}
