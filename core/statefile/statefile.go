package statefile

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
)

// Header is what tells whether a file can be used. The type of a file embeds it.
type Header struct {
	// Version is that of the file's form.
	Version int `json:"version"`
	// BootID is of the boot that the file is about (random(4)).
	BootID string `json:"boot_id"`
}

func (h *Header) header() *Header { return h }

// File is what embeds a [Header].
type File interface{ header() *Header }

// ThisBoot returns the header of a file that is written now.
func ThisBoot(version int) (Header, error) {
	id, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return Header{}, fmt.Errorf("boot identifier: %w", err)
	}
	return Header{Version: version, BootID: strings.TrimSpace(string(id))}, nil
}

// Read reads what another process has written. It reports whether there was something
// of the same boot. The error is that of a file that is there and cannot be understood.
func Read(path string, want Header, file File) (ok bool, err error) {
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err == nil {
		err = json.Unmarshal(b, file)
	}
	if err != nil {
		return false, err
	}
	if is := file.header(); is.Version != want.Version {
		return false, fmt.Errorf("version %d is not known", is.Version)
	}
	return file.header().BootID == want.BootID, nil
}

// Write writes a file, which nobody but its owner can read. After an error there is
// the file that was there before.
func Write(path string, file File) error {
	b, err := json.MarshalIndent(file, "", "  ")
	if err != nil {
		return err
	}
	temporary := path + ".tmp"
	err = os.WriteFile(temporary, append(b, '\n'), 0o600)
	if err == nil {
		err = os.Rename(temporary, path)
	}
	if err != nil {
		_ = os.Remove(temporary)
	}
	return err
}
