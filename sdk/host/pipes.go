package host

import "os"

// pipes are the three standard streams of a process: its ends, and ours.
type pipes struct {
	theirs, ours [3]*os.File
}

func (p *pipes) open() (err error) {
	if p.theirs[0], p.ours[0], err = os.Pipe(); err != nil {
		return err
	}
	for i := 1; i <= 2 && err == nil; i++ {
		p.ours[i], p.theirs[i], err = os.Pipe()
	}
	if err != nil {
		p.closeOurs()
	}
	return err
}

func (p *pipes) closeTheirs() { closeAll(p.theirs[:]) }
func (p *pipes) closeOurs()   { closeAll(p.ours[:]) }

func closeAll(files []*os.File) {
	for _, file := range files {
		if file != nil {
			file.Close()
		}
	}
}
